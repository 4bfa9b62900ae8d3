"""What a student's kernel may see and use: its command line, its environment, its limits, its copy of the package.

Three levels, the best that works here is used, and the run's log says which (`Protection.describe`):

bubblewrap
    A file system of its own in which submissions, gradebook, references and home directories do not exist; own
    processes, no network; as root, also the user "nobody".
unshare
    Own processes and no network, but the file system is the user's.
limits
    Limits and a clean environment only: the network is open.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

import mlopt_course
from mlopt_course.registry import CHAPTERS

NOBODY = 65534
BOX_VARIABLE = "MLOPT_GRADING_BOX"
SOCKETS_BYTES = 2**20  # what a kernel may leave beside its sockets before it is ended
MARKER = "MLOPT_KERNEL"  # every process of a kernel carries it, unless it hides

# The student's side gets the package without these: references, mutants, the grader, worked solutions.
HIDDEN = ("grading", "notebooks", "release", "release.py", "cli.py", *(f"checks/{chapter}" for chapter in CHAPTERS))
HIDDEN_FILES = (*(f"checks/{chapter}.py" for chapter in CHAPTERS), "checks/mutants.py", "checks/judge.py")
SHOWN = ("grading/__init__.py", "grading/student_kernel.py")


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Parameters
    ----------
    seconds : float
        Wall time of one exercise.
    memory_mb : int
        Address space of a process, and memory that all the kernel's processes hold together.
    exercises : int
        How many times ``seconds`` the whole kernel may take.
    processes : int
        Processes and threads.
    file_mb : int
        Size of one file, and of the scratch folder.
    output_bytes : int
        Output of one cell that is kept.
    """

    seconds: float = 30.0
    memory_mb: int = 2048
    exercises: int = 1
    processes: int = 96
    file_mb: int = 64
    output_bytes: int = 100_000


@dataclass(frozen=True)
class Protection:
    """The level that is in force: "bubblewrap", "unshare" or "limits", and whether as the user nobody."""

    level: str
    as_nobody: bool = False

    def describe(self) -> list[str]:
        """Plain sentences for the run's log."""
        files = {
            "bubblewrap": "files: kernels see Python and an empty scratch folder, nothing else (bubblewrap)",
        }.get(self.level, "files: NOT hidden: kernels can read and write what you can (bubblewrap is not usable here)")
        closed = self.level in ("bubblewrap", "unshare")
        return [
            files,
            "network: none (network namespace)" if closed else "network: OPEN (no namespaces on this machine)",
            "processes: in a namespace that ends with the kernel"
            if closed
            else "processes: found and ended by descent",
            "user: nobody" if self.as_nobody else f"user: {'yours' if os.getuid() else 'root'}",
            "limits: address space, processor time, processes, file size, no core dumps (rlimits), wall time, output",
            "references: left out of the package that kernels import"
            + ("" if self.level == "bubblewrap" else ", though still readable on disk"),
        ]


@dataclass(frozen=True)
class Box:
    """One kernel's surroundings: a short-lived folder with its sockets, its instances and where it works."""

    folder: Path
    package: Path
    protection: Protection
    limits: Limits
    sockets: Path = Path("/nonexistent")  # see `prepare`

    @property
    def marker(self) -> str:
        return self.folder.name

    @property
    def instances(self) -> Path:
        return self.folder / "instances.json"

    @property
    def scratch(self) -> Path:
        return self.folder / "w"

    def to_environment(self) -> None:
        """Leave the box where the kernel provisioner, which jupyter_client makes, finds it."""
        data = asdict(self) | {"folder": str(self.folder), "package": str(self.package)}
        del data["sockets"]
        os.environ[BOX_VARIABLE] = json.dumps(data)

    @classmethod
    def from_environment(cls) -> Box:
        data = json.loads(os.environ[BOX_VARIABLE])
        return cls(
            folder=Path(data["folder"]),
            package=Path(data["package"]),
            protection=Protection(**data["protection"]),
            limits=Limits(**data["limits"]),
        )

    def prepare(self) -> Box:
        """Make the folders, owned by the user that the kernel will be; returns the box with its sockets' folder.

        Every kernel gets a new one: what an earlier kernel left in its own must not stop the next.
        """
        box = replace(self, sockets=Path(tempfile.mkdtemp(prefix="s", dir=self.folder)))
        box.scratch.mkdir(exist_ok=True)
        if self.protection.as_nobody:
            for folder in (box.sockets, box.scratch):
                os.chown(folder, NOBODY, NOBODY)
        os.chmod(box.sockets, 0o711)
        os.chmod(self.folder, 0o711)
        os.chmod(self.instances, 0o644)
        return box


@functools.cache
def detect() -> Protection:
    """The best protection that works on this machine; each is tried, not guessed."""
    if sys.platform == "linux" and shutil.which("bwrap"):
        for as_nobody in [True, False] if os.getuid() == 0 else [False]:
            protection = Protection("bubblewrap", as_nobody)
            probe = [sys.executable, "-I", "-c", "import socket"]
            if _works([*_bubblewrap(protection, Path("/"), []), *probe]):
                return protection
    if sys.platform == "linux" and shutil.which("unshare") and _works([*_UNSHARE, "true"]):
        return Protection("unshare")
    return Protection("limits")


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


_UNSHARE = ["unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"]


def command(inner: list[str], box: Box) -> list[str]:
    """``inner`` inside the box."""
    if box.protection.level == "bubblewrap":
        package = Path(mlopt_course.__file__).parent
        binds = [*_parents(package), "--ro-bind", str(box.package / "mlopt_course"), str(package)]
        binds += [*_parents(box.sockets), "--bind", str(box.sockets), str(box.sockets)]
        binds += ["--ro-bind", str(box.instances), str(box.instances)]
        size = str(box.limits.file_mb * 2**20)
        binds += ["--size", size, "--perms", "0777", "--tmpfs", str(box.scratch)]
        return [*_bubblewrap(box.protection, box.scratch, binds), *inner]
    if box.protection.level == "unshare":
        return [*_UNSHARE, *inner]
    return inner


def _bubblewrap(protection: Protection, folder: Path, binds: list[str]) -> list[str]:
    arguments = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for room in ("/tmp", "/dev/shm"):
        arguments += ["--size", str(64 * 2**20), "--perms", "1777", "--tmpfs", room]
    arguments += ["--remount-ro", "/dev"]  # it is in memory too, and has no size
    for path in _readable():
        arguments += [*_parents(path), "--ro-bind-try", str(path), str(path)]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        link = Path("/", name)
        if link.is_symlink():
            arguments += ["--symlink", os.readlink(link), str(link)]
        elif link.is_dir():
            arguments += ["--ro-bind", str(link), str(link)]
    arguments += [*binds, "--chdir", str(folder)]
    if not protection.as_nobody:
        return [*arguments, "--unshare-user"]
    arguments += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    drop = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    return [*arguments, "setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), *drop]


def _readable() -> Iterator[Path]:
    """What Python needs to run: the installation, the libraries, a few files of /etc."""
    yield Path("/usr")
    for name in ("ld.so.cache", "ld.so.conf", "fonts", "localtime", "alternatives", "passwd", "group", "nsswitch.conf"):
        yield Path("/etc", name)
    prefixes = {sys.base_prefix, sys.prefix, sys.exec_prefix, str(Path(sys.executable).resolve().parents[1])}
    if site.ENABLE_USER_SITE:
        prefixes.add(site.getusersitepackages())
    for prefix in sorted(prefixes):
        if not prefix.startswith("/usr/") and prefix not in ("/", "/usr") and os.path.isdir(prefix):
            yield Path(prefix)


def _parents(path: Path) -> list[str]:
    """Bubblewrap makes missing parents for root alone; made by name they are open to all."""
    return [part for parent in [*path.parents][-2::-1] for part in ("--dir", str(parent))]


def environment(box: Box) -> dict[str, str]:
    """All the variables that the kernel gets: none of the instructor's."""
    home = str(box.scratch)
    threads = ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")
    return {
        **{f"{library}_NUM_THREADS": "1" for library in threads},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": home,
        "MPLCONFIGDIR": home + "/.matplotlib",
        "IPYTHONDIR": home + "/.ipython",
        "JUPYTER_RUNTIME_DIR": home + "/.jupyter",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(mlopt_course.__file__).parents[1] if _masked(box) else box.package),
        "MLOPT_INSTANCES": str(box.instances),
        "MLOPT_SECONDS": f"{box.limits.seconds:g}",
        MARKER: box.marker,
    }


def _masked(box: Box) -> bool:
    return box.protection.level == "bubblewrap"


def limiter(box: Box) -> Callable[[], None]:
    """A function for the new process, before it becomes the kernel: sets the kernel's limits."""
    limits, megabyte = box.limits, 2**20
    seconds = int(limits.seconds * (limits.exercises + 2)) + 60
    wanted = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.file_mb * megabyte),
        (resource.RLIMIT_AS, limits.memory_mb * megabyte),
        (
            resource.RLIMIT_NPROC,
            limits.processes + _threads_running(NOBODY if box.protection.as_nobody else os.getuid()),
        ),
    ]

    def apply() -> None:
        for kind, value in wanted:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            with contextlib.suppress(ValueError, OSError):  # a limit that this system does not have
                resource.setrlimit(kind, (value, value))

    return apply


def first_to_go() -> None:
    """Where the machine runs out of memory all the same, let it end this process before anybody else's."""
    with contextlib.suppress(OSError):  # between fork and exec: system calls only
        os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC), b"1000")


def size_of(folder: Path) -> int:
    """Bytes on disk of a folder's files, each counted as a block at least; it may change meanwhile."""
    total = 0
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with contextlib.suppress(OSError):
                total += max(os.lstat(os.path.join(where, name)).st_blocks * 512, 4096)
        if total > SOCKETS_BYTES:
            break
    return total


def _threads_running(user: int) -> int:
    """Threads that the user has now: the limit on processes counts them all."""
    count = 0
    for process in psutil.process_iter():
        try:
            count += process.num_threads() if process.uids().real == user else 0
        except psutil.Error:
            continue
    return count


def student_package(folder: Path) -> Path:
    """A copy of the package without references, judge and grader, in ``folder``; returns the folder to import from."""
    source, target = Path(mlopt_course.__file__).parent, folder / "mlopt_course"

    def ignore(directory: str, names: list[str]) -> Iterable[str]:
        here = Path(directory).relative_to(source)
        return [n for n in names if n == "__pycache__" or str(here / n) in (*HIDDEN, *HIDDEN_FILES)]

    shutil.copytree(source, target, ignore=ignore)
    for name in SHOWN:
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, target / name)
    for fonts in _font_lists():
        shutil.copyfile(fonts, target / "grading" / fonts.name)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _font_lists() -> list[Path]:
    """Matplotlib's cache of fonts: an empty home would cost every kernel seconds to make it anew."""
    import matplotlib

    def found() -> list[Path]:
        return sorted(Path(matplotlib.get_cachedir()).glob("fontlist*.json"))

    if not found():
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"], capture_output=True, timeout=120, check=False
        )
    return found()
