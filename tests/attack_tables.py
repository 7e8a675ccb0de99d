"""Spellings that must not get anywhere: addresses, paths, links."""

from __future__ import annotations

INNER_NUMBERS = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:1:2:3:4:5:6",
    "2001:db8::1", "2002:7f00:1::", "2002:c0a8:101::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "not a number", "",
)  # fmt: skip
"""Numeric addresses of machines that are not the public's, and what is none."""

PUBLIC_NUMBERS = (
    "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8",
)  # fmt: skip

LOOPBACK_SPELLINGS = (
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.0.0.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://0/",
    "http://0.0.0.0/", "http://127.000.000.001/", "http://127.0.0.1.:80/", "http://localhost/",
    "http://LOCALHOST/", "http://localhost./", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
    "http://[0000::0001]:8080/", "https://127.0.0.1/", "https://localhost:8443/", "http://127.0.0.1:8080/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "http://127\u30020\u30020\u30021/", "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "http://127.0.0.1/#@example.com", "http://127.0.0.1?x=example.com", "http://127.0.0.1/example.com",
    "http://127.0.0.53/", "http://127.127.127.127/", "HTTP://127.0.0.1/",
)  # fmt: skip
"""Addresses that end at this computer, as the resolver of the system reads them."""

NO_ADDRESSES = (
    "http://user@127.0.0.1/", "http://example.com@127.0.0.1/", "http://127.0.0.1:80@example.com/",
    "http://example.com:pass@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http:\\\\127.0.0.1\\",
    "http://example.com\\.127.0.0.1/", "http://127.0.0.1%2f@example.com/", "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.example.com/", "http://127.0.0.1%0d%0aHost:x/", "http://127.0.0.1\r\nHost: x/",
    "http://exa\tmple.com/", "http://exam\nple.com/", "http://example.com /", "http://[::1%25lo]/",
    "http://[::1/", "http://::1/", "http://[127.0.0.1]/", "http:///etc/passwd", "http://", "//127.0.0.1/",
    "127.0.0.1", "localhost:80/", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/",
    "dict://127.0.0.1:11211/", "javascript:alert(1)", "data:text/html,x", "ws://127.0.0.1/",
    "jar:http://x!/",
    "http://127.0.0.1:22/", "http://127.0.0.1:25/", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/",
    "http://127.0.0.1:a/", "http://.127.0.0.1/", "http://a..b/", "http://-/", "http://*/",
    "http://x/\u202egpj",
    "http://exam\u00adple.com/", "http://e\u200bxample.com/", "http://x/" + "a" * 5000, "", "   ",
)  # fmt: skip
"""What is no address of the web, or could be read in two ways."""

OUTER_PATHS = (
    "..", "../", "../secret.txt", "./../secret.txt", "sub/../../secret.txt", "sub/..",
    "sub/../../../etc/passwd",
    "a/b/../../../secret.txt", "..//secret.txt", ".../secret.txt", ".. /secret.txt",
    "../work-evil/secret.txt",
    "/etc/passwd", "//etc/passwd", "///etc/passwd", "/", "~", "~/secret.txt", "~root/.ssh/id_rsa",
    "file:///etc/passwd", "file:secret.txt", "http://example.com/x", "C:/Windows/win.ini",
    "C:\\Windows\\win.ini",
    "c:secret.txt", "\\\\server\\share\\x", "//server/share/x", "\\\\?\\C:\\x", "..\\secret.txt",
    "sub\\..\\..\\secret.txt", "sub/..\\../secret.txt", "\\etc\\passwd", "note.txt:stream", "sub/x:y",
    "CON", "con.txt", "sub/NUL", "aux.h", "COM1", "lpt9.log", "note.txt.", "note.txt ",
    " note.txt", "sub./x",
    "sub /x", "a\0b", "note.txt\0.png", "a\nb", "a\tb", "a\x1b[2Jb", "a\x7fb", "gpj.\u202etxt", "a\u200bb",
    "\ufeffnote.txt", "a\ud800b", "x" * 300, "a/" * 600, "sub/" + "y" * 256, "\u2066..\u2069/x", "...",
)  # fmt: skip
"""Paths that lead out of the workspace, or that not every system reads in one way."""

HOSTILE_LINKS = (
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)",
    "java\tscript:alert(1)", "java\nscript:alert(1)", "java\rscript:alert(1)", "java\0script:alert(1)",
    "\x01javascript:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "&#106;avascript:alert(1)", "javascript\uff1aalert(1)", "javascript://example.com/%0aalert(1)",
    "jav%61script:alert(1)", "vbscript:msgbox(1)", "livescript:x", "mocha:x",
    "data:text/html,<script>1</script>",
    "data:text/html;base64,PHNjcmlwdD4=", "DATA:text/html,x", "data:image/svg+xml,<svg onload=x>", "data:,x",
    "file:///etc/passwd", "FILE:///etc/passwd", "file://localhost/etc/passwd", "file:/etc/passwd",
    "file:passwd",
    "file://server/share/x", "\\\\server\\share\\x", "//server/share/x", "smb://server/share",
    "nfs://server/x",
    "afp://server/x", "ftp://example.com/x", "sftp://example.com/x", "ssh://example.com",
    "telnet://example.com",
    "ldap://example.com/x", "gopher://example.com", "about:blank", "about:config", "chrome://settings",
    "resource://x", "view-source:http://example.com", "blob:http://example.com/x",
    "filesystem:http://example.com/x",
    "ws://example.com", "intent://x#Intent;scheme=http;end", "android-app://x", "ms-settings:x",
    "ms-msdt:/id PCWDiagnostic", "search-ms:query=x", "shell:startup", "calculator:", "tel:+1900",
    "sms:+1900",
    "facetime:x", "skype:x?call", "steam://run/1", "zoommtg://x", "slack://x", "vscode://file/etc/passwd",
    "x-apple.systempreferences:", "itms-services://?action=x", "mailto:", "http:", "https:",
    "http://", "https:///x",
    "http:example.com", "http:/example.com", "https://[bad", "https://exa mple.com", "http://exa\tmple.com",
    "/etc/passwd", "../../etc/passwd", "etc/passwd", "C:\\Windows\\win.ini", "C:/Windows/win.ini",
    "?q=x", "#x", "",
)  # fmt: skip
"""Addresses that no reply and no result of a tool may have opened."""
