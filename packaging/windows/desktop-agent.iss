; The installer for Windows. windows_installer.py defines Version, Machine, Homepage, Program and Icon,
; and Signed where there is a certificate.

[Setup]
AppId={{5A1B9E0D-6C1F-4B0C-9B0E-8C8A5B0C7D41}
AppName=Desktop Agent
AppVersion={#Version}
AppPublisher=The maintainers of Desktop Agent
AppPublisherURL={#Homepage}
ArchitecturesAllowed={#Machine}
ArchitecturesInstallIn64BitMode={#Machine}
; Windows 10, version 1809: the oldest that Qt 6 supports.
MinVersion=10.0.17763
DefaultDirName={autopf}\Desktop Agent
DefaultGroupName=Desktop Agent
DisableProgramGroupPage=yes
; For the person who installs it; no administrator is asked for.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
SetupIconFile={#Icon}
UninstallDisplayIcon={app}\Desktop Agent.exe
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
CloseApplications=yes
#ifdef Signed
SignTool=sign
SignedUninstaller=yes
#endif

[Files]
Source: "{#Program}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
; Libraries of an older version must not stay beside those of this one.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\Desktop Agent"; Filename: "{app}\Desktop Agent.exe"

[Registry]
; It can be chosen under "Open with" for JSON; what opens JSON otherwise stays as it is.
Root: HKA; Subkey: "Software\Classes\Applications\Desktop Agent.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\Desktop Agent.exe\SupportedTypes"; ValueType: string; ValueName: ".json"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\Desktop Agent.exe\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\Desktop Agent.exe"" ""%1"""

[Run]
Filename: "{app}\Desktop Agent.exe"; Description: "{cm:LaunchProgram,Desktop Agent}"; Flags: nowait postinstall skipifsilent
