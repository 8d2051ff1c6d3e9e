"""Who asks, when sources ask servers: out of the archive's settings."""

import os
from pathlib import Path

from tenuto import __version__
from tenuto.app.archive import Archive
from tenuto.app.config import Config
from tenuto.model.errors import ConfigurationError
from tenuto.sources.network import Network

CLIENT_ID = "TENUTO_JAMENDO_CLIENT_ID"
ACOUSTID_KEY = "TENUTO_ACOUSTID_KEY"


def network(archive: Archive) -> Network:
    """Reads no secret before it is needed."""
    config = archive.config
    contact = config.text("harvest.contact") or config.text("acquire.contact")
    return Network(
        contact, f"Tenuto/{__version__}", lambda: secret(config, CLIENT_ID, "jamendo.client_id_file")
    )


def secret(config: Config, variable: str, setting: str) -> str:
    """Out of the environment, or else out of the file that the settings name; empty where neither is."""
    path = config.text(setting)
    if variable in os.environ or not path:
        return os.environ.get(variable, "").strip()
    try:
        return Path(path).expanduser().read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the secret can't be read ({type(error).__name__})", where=path, remedy=f"Mend {setting}"
        ) from error
