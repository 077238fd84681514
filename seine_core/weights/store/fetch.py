"""Downloads from the Hugging Face hub: only what was asked for, resumable, checked by hash.

The hub's own `hf_hub_download` throws a file away that was cut off, which hurts at several
gigabytes. So only its listing, addresses, token and session are used here; the bytes go into
`NAME.part`, which the next attempt goes on from.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from seine_core.clips import silent
from seine_core.errors import BadInput, MissingWeights, RenderCancelled, Wording
from seine_core.files.atomic import publish, write_atomically
from seine_core.weights.store.catalogue import Part
from seine_core.weights.store.shelf import (
    PART_SUFFIX,
    ModelStatus,
    Receipt,
    by_hand,
    file_hash,
    own_folder,
    receipt_file,
    shown_folder,
    status,
)
from seine_core.weights.weight_file import damage

_ATTEMPTS = 5
_PAUSE_S = 1.0
_TIMEOUT_S = 15.0
_SPARE = 200_000_000  # bytes that stay free on the disk


@dataclass(frozen=True, kw_only=True)
class Download:
    """How far a download is."""

    file: str
    done: int  # bytes, with those of earlier attempts
    total: int

    @property
    def fraction(self) -> float:
        return self.done / self.total if self.total else 1.0


DownloadReport = Callable[[Download], None]


@dataclass(frozen=True)
class _Wanted:
    """The files of a part as the hub has them at one revision."""

    part: Part
    repo: str
    revision: str
    files: Receipt


def download(name: str, report: DownloadReport = silent) -> ModelStatus:
    """Fetch what is missing of a model. Goes on where an earlier attempt stopped.

    `report` is called for every piece that arrives; raising RenderCancelled there stops it.

    Raises:
        BadInput: there is no such model, or the disk has no room or cannot be written.
        MissingWeights: it could not be fetched; the message says how to get it by hand.
    """
    missing = [found.part for found in status(name).parts if found.state != "complete"]
    wanted = []
    for part in missing:
        with _explained(part):
            wanted.append(_listing(part))
    _check_room(wanted)
    total = sum(size for each in wanted for size, _ in each.files.values())
    done = 0
    for each in wanted:
        with _explained(each.part), _alone(each.part):
            _write_receipt(each)
            for file, (size, sha256) in each.files.items():
                begun = done

                def advance(here: int, file: str = file, begun: int = begun) -> None:
                    report(Download(file=file, done=begun + here, total=total))

                _fetch(each, file, size, sha256, advance)
                done += size
    found = status(name)
    if found.state != "complete":
        raise MissingWeights(
            f"downloaded, but {'; '.join(found.problems) or 'not complete'}",
            subject=found.model.title,
        )
    return found


def _listing(part: Part) -> _Wanted:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    api = HfApi(endpoint=_endpoint())
    for repo in (part.repo, *part.also):
        try:
            info = api.model_info(
                repo, revision=part.revision, files_metadata=True, timeout=_TIMEOUT_S
            )
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            if repo == (part.repo, *part.also)[-1]:
                raise
            continue
        break
    files: Receipt = {}
    for sibling in info.siblings or ():
        name, hashed = sibling.rfilename, sibling.lfs.sha256 if sibling.lfs else ""
        patterns = (*part.files, *part.patterns)
        if _harmless(name) and any(fnmatch(name, pattern) for pattern in patterns):
            files[name] = (int(sibling.size or 0), hashed)
    for name in part.files:
        if name not in files:
            raise FileNotFoundError(f"{repo} has no file {name}")
    if not info.sha or not files:
        raise FileNotFoundError(f"{repo} has none of the files that are needed")
    return _Wanted(part, repo, info.sha, dict(sorted(files.items())))


def _harmless(name: str) -> bool:
    """Whether a name from the net stays inside the folder that it is put in."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


def _fetch(
    wanted: _Wanted, name: str, size: int, sha256: str, advance: Callable[[int], None]
) -> None:
    """One file, unless it is there already; its hash is checked before it gets its name."""
    target = own_folder(wanted.part) / name
    if target.is_file() and target.stat().st_size == size and not damage(target):
        advance(size)
        return
    unfinished = target.with_name(target.name + PART_SUFFIX)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    _stream(wanted, name, unfinished, size, advance)
    if sha256 and file_hash(unfinished) != sha256:
        unfinished.unlink()
        raise OSError(f"{name} arrived damaged (its SHA-256 differs); try again")
    publish(unfinished, target)


def _stream(
    wanted: _Wanted, name: str, unfinished: Path, size: int, advance: Callable[[int], None]
) -> None:
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    url = hf_hub_url(wanted.repo, name, revision=wanted.revision, endpoint=_endpoint())
    failed = 0
    while True:
        here = unfinished.stat().st_size if unfinished.is_file() else 0
        if here > size:
            unfinished.unlink()
            here = 0
        advance(here)
        if here == size and unfinished.is_file():
            return
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
        if here:
            headers["Range"] = f"bytes={here}-"
        begun = here
        try:
            with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT_S) as response:
                hf_raise_for_status(response)
                goes_on = here and response.status_code == 206
                here = here if goes_on else 0
                with unfinished.open("ab" if goes_on else "wb") as file:
                    for chunk in response.iter_bytes():
                        file.write(chunk)
                        here += len(chunk)
                        advance(min(here, size))
        except (RenderCancelled, HfHubHTTPError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and not _from_network(error):
                raise  # the disk's, not the network's
            failed = 1 if here > begun else failed + 1
            if failed >= _ATTEMPTS:
                raise
            time.sleep(_PAUSE_S)
            continue
        if here != size:  # closed early without a word
            failed = 1 if here > begun else failed + 1
            if failed >= _ATTEMPTS:
                raise OSError(f"{name}: {here} of {size} bytes arrived")
            time.sleep(_PAUSE_S)


def _write_receipt(wanted: _Wanted) -> None:
    folder = own_folder(wanted.part)
    folder.mkdir(parents=True, exist_ok=True)
    content = {"repo": wanted.repo, "revision": wanted.revision, "files": wanted.files}
    file = receipt_file(wanted.part, folder)
    write_atomically(file, json.dumps(content, indent=1).encode())


def _check_room(wanted: list[_Wanted]) -> None:
    """Refuse what the disk cannot hold before a byte is fetched."""
    needed = 0
    for each in wanted:
        for name, (size, _) in each.files.items():
            file = own_folder(each.part) / name
            for there in (file, file.with_name(file.name + PART_SUFFIX)):
                size -= there.stat().st_size if there.is_file() else 0
            needed += max(0, size)
    for each in wanted[:1]:
        folder = own_folder(each.part)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            raise BadInput(
                "cannot be written",
                subject=folder,
                reason=error,
                advice="name another folder in the environment variable SEINE_MODELS",
            ) from None
        if needed + _SPARE > free:
            raise BadInput(
                f"{needed / 1e9:.1f} GB are to come, {free / 1e9:.1f} GB are free",
                subject=folder,
                advice="name a folder on another disk in the environment variable SEINE_MODELS",
            )


@contextmanager
def _alone(part: Part) -> Iterator[None]:
    """One download at a time into a folder, whatever program it runs in."""
    from filelock import Timeout
    from huggingface_hub.utils import WeakFileLock

    folder = own_folder(part)
    folder.mkdir(parents=True, exist_ok=True)
    lock = WeakFileLock(folder / f".{part.name}.lock", timeout=0.1)
    try:
        lock.__enter__()
    except Timeout:
        raise BadInput(
            "another program is downloading into it", subject=folder, advice="wait for it"
        ) from None
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


@contextmanager
def _explained(part: Part) -> Iterator[None]:
    """Whatever a download fails of, in one line that says what to do."""
    try:
        yield
    except (BadInput, MissingWeights, RenderCancelled):
        raise
    except Exception as error:
        places = (str(own_folder(part)), shown_folder(part))
        elsewhere = (f"or get it elsewhere and put {by_hand(part, place)}" for place in places)
        raise MissingWeights(
            _reason(error), subject=part.repo, advice=Wording(*elsewhere)
        ) from error


def _reason(error: Exception) -> str | BadInput:
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    if isinstance(error, OfflineModeIsEnabled):
        return "the hub is switched off by HF_HUB_OFFLINE; unset it and repeat"
    if isinstance(error, GatedRepoError):
        return "its owner asks you to agree first; do so on its page, then run `hf auth login`"
    if isinstance(error, RepositoryNotFoundError):
        return "the hub does not have it (any more), or not for you; try `hf auth login`"
    if isinstance(error, HfHubHTTPError):
        return f"the hub answered with {error.response.status_code}; repeat later"
    if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        return BadInput("cannot be written", subject=Path(error.filename), reason=error)
    if isinstance(error, OSError) and not _from_network(error):
        return f"{' '.join(str(error).split())}; repeat to go on from there"
    return (
        f"no connection to {_endpoint() or 'huggingface.co'}; repeat when there is a network, "
        "it goes on from there"
    )


def _from_network(error: Exception) -> bool:
    return isinstance(error, ConnectionError | TimeoutError) or "http" in type(error).__module__


def _endpoint() -> str | None:
    """The hub that the environment names, read at the time of asking."""
    return os.environ.get("HF_ENDPOINT") or None
