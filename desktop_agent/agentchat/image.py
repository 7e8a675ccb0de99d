"""An image in a message: `Image`."""

import base64
import binascii
import io
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema
from typing_extensions import override

_DATA_URI: Final = "data:image/"
# The beginnings of the formats that models take.
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_PNG_MODES: Final = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})


class Image:
    """A picture, as the bytes of its file; two with the same bytes are equal.

    Source: AutoGen's class of the same name, which holds a Pillow image and turns every picture into an RGB
    PNG. Here the bytes stay as they are (alpha and compression kept, nothing decoded), so Pillow is needed
    only to build one from a Pillow image and for `image`. No method fetches anything from a network.

    Args:
        image: The bytes of a PNG, JPEG, GIF or WebP file, or a Pillow image.

    Raises:
        ValueError: The bytes are of none of these formats.
    """

    def __init__(self, image: Any) -> None:
        self._data = bytes(image) if isinstance(image, (bytes, bytearray, memoryview)) else _png_of(image)
        self._mime_type = _mime_type_of(self._data)

    @property
    def data(self) -> bytes:
        """The bytes of the file. Not in AutoGen."""
        return self._data

    @property
    def mime_type(self) -> str:
        """For example "image/png". Not in AutoGen."""
        return self._mime_type

    @property
    def image(self) -> Any:
        """The picture as a Pillow image.

        Raises:
            ImportError: Pillow is not installed.
        """
        from PIL import Image as PillowImage  # type: ignore[import-not-found,unused-ignore]

        return PillowImage.open(io.BytesIO(self._data))

    @property
    def data_uri(self) -> str:
        """The picture as "data:image/png;base64,…"."""
        return f"data:{self._mime_type};base64,{self.to_base64()}"

    @classmethod
    def from_pil(cls, pil_image: Any) -> "Image":
        """From a Pillow image."""
        return cls(pil_image)

    @classmethod
    def from_uri(cls, uri: str) -> "Image":
        """From a data URI; nothing is fetched.

        Raises:
            ValueError: It is no data URI of an image, or its data is damaged.
        """
        head, comma, data = uri.partition(",")
        if not comma or not head.startswith(_DATA_URI) or not head.endswith(";base64"):
            raise ValueError("Invalid URI format. It should be a base64 encoded image URI.")
        return cls.from_base64(data)

    @classmethod
    def from_base64(cls, base64_str: str) -> "Image":
        """From base64 text.

        Raises:
            ValueError: It is no base64, or no image.
        """
        try:
            data = base64.b64decode("".join(base64_str.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("The image is no valid base64.") from error
        return cls(data)

    @classmethod
    def from_file(cls, file_path: str | Path) -> "Image":
        """From a file; blocks while reading.

        Raises:
            OSError: The file can't be read.
            ValueError: It is no image.
        """
        return cls(Path(file_path).read_bytes())

    def to_base64(self) -> str:
        """The bytes of the file as base64 text."""
        return base64.b64encode(self._data).decode("ascii")

    def to_openai_format(self, detail: Literal["auto", "low", "high"] = "auto") -> dict[str, Any]:
        """The picture as a part of a message to OpenAI's API."""
        return {"type": "image_url", "image_url": {"url": self.data_uri, "detail": detail}}

    def _repr_html_(self) -> str:
        return f'<img src="{self.data_uri}"/>'  # notebooks show it

    @override
    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Image) else NotImplemented

    @override
    def __hash__(self) -> int:
        return hash(self._data)

    @override
    def __repr__(self) -> str:
        return f"<Image {self._mime_type}, {len(self._data)} bytes>"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source_type: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda image: {"data": image.to_base64()}
            ),
        )

    @classmethod
    def _validated(cls, value: Any) -> "Image":
        """An image from itself, from its dump (`{"data": base64}`) or from a Pillow image."""
        if isinstance(value, cls):
            return value
        if isinstance(value, dict):
            data = value.get("data")
            if not isinstance(data, str):
                raise ValueError("Expected 'data' key in the dictionary")  # noqa: TRY004 - pydantic wants it
            return cls.from_base64(data)
        if type(value).__module__.partition(".")[0] == "PIL":
            return cls(value)
        raise ValueError(f"Expected dict or Image instance, got {type(value)}")


def _png_of(image: Any) -> bytes:
    """A Pillow image as PNG; alpha stays, and what PNG has no form for (CMYK, YCbCr …) becomes RGB."""
    if not callable(getattr(image, "save", None)):
        raise ValueError(f"Expected the bytes of an image or a Pillow image, got {type(image)}")  # noqa: TRY004
    file = io.BytesIO()
    if image.mode not in _PNG_MODES:
        image = image.convert("RGB")
    image.save(file, format="PNG")
    return file.getvalue()


def _mime_type_of(data: bytes) -> str:
    for signature, mime_type in _SIGNATURES:
        if data.startswith(signature):
            return mime_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise ValueError("The data is no PNG, JPEG, GIF or WebP image.")
