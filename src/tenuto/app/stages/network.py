"""Who asks, when sources ask servers: out of the archive's settings."""

import os
from pathlib import Path

from tenuto import __version__
from tenuto.app.archive import Archive
from tenuto.app.config import Config
from tenuto.model.errors import ConfigurationError
from tenuto.sources.network import Network

CLIENT_ID = "TENUTO_JAMENDO_CLIENT_ID"


def network(archive: Archive) -> Network:
    """Reads no secret before it is needed."""
    config = archive.config
    contact = config.text("harvest.contact") or config.text("acquire.contact")
    return Network(contact, f"Tenuto/{__version__}", lambda: _client_id(config))


def _client_id(config: Config) -> str:
    """Out of the environment, or else out of the file that the settings name; empty where neither is."""
    path = config.text("jamendo.client_id_file")
    if CLIENT_ID in os.environ or not path:
        return os.environ.get(CLIENT_ID, "").strip()
    try:
        return Path(path).expanduser().read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the client id can't be read ({type(error).__name__})",
            where=path,
            remedy="Mend jamendo.client_id_file",
        ) from error
