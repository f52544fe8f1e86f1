"""Runs pip for a target that is not its host.

usage: shim.py REQUEST ANSWER PIP_ARGUMENT...

pip chooses wheels by the target's tags, but evaluates markers for the interpreter that runs it.
REQUEST is a JSON object: `markers` has all marker variables of the target, which replace the host's
before pip starts; for a build, which runs on the host, it is empty. ANSWER gets pip's version, the
paths of its configuration files, where it found each file, and what servers refused. An interpreter
that can't do this exits with 97 and says why in its last line.

With `"lean": true` in REQUEST pip is spared what takes most of its time and changes no answer: it
never sees files of an index that can't be chosen, and does not fetch wheels that the caller can fetch
as well. ANSWER names those wheels, and says whether files were left out: if pip then fails, only a
second run without `lean` tells all. Of each project the first wheel that pip looks at is announced
by a line on the standard output, so that the caller can begin with it.

With `"source": true` in REQUEST pip fetches the one source distribution that it is asked for,
and stops before it runs any of its code: to name a project, `pip download` has its whole metadata
made, which for some means to compile it. What in it is native code is told.

pip has no option for markers: `default_environment` in pip/_vendor/packaging/markers.py asks the
interpreter, under `--platform` and `--python-version` as well. Tried with pip 21.2.4, 22.3.1,
23.0.1, 23.2.1, 24.0, 24.3.1, 25.3 and 26.3.
"""

import gc
import json
import os
import platform
import re
import shutil
import sys
import urllib.parse

# pip makes little garbage, and looking for it among all that it imports takes a tenth of its time.
gc.set_threshold(100000)

UNUSABLE = 97
OLDEST_PIP = (21, 2)
ANNOUNCEMENT = "dofs-package-wheel "


def unusable(why):
    """Leaves the work to another interpreter."""
    sys.stderr.write(why + "\n")
    sys.exit(UNUSABLE)


def pip_version():
    """The version of this interpreter's pip, as text."""
    try:
        import pip
    except ImportError:
        unusable("it has no pip")
    numbers = tuple(int(part) for part in pip.__version__.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_PIP:
        unusable("its pip is %s, older than 21.2" % pip.__version__)
    return pip.__version__


def replace_markers(target):
    """Makes pip see the target's marker variables, and proves that it does."""
    from pip._vendor.packaging import markers

    host = markers.default_environment
    current = {}

    def environment():
        variables = dict(host())
        variables.update(current)
        return variables

    markers.default_environment = environment
    # No host has such a release, so only a replaced environment makes this marker true.
    nonce = "dofs-" + os.urandom(8).hex()
    current["platform_release"] = nonce
    if not markers.Marker('platform_release == "%s"' % nonce).evaluate():
        unusable("its pip evaluates markers in a way that is not known here")
    current.clear()
    current.update(target)


def configuration_files():
    """The paths of all files that may configure pip, whether they exist or not, and of the
    constraints files that they name."""
    from pip._internal.configuration import Configuration, get_configuration_files

    paths = {path for paths in get_configuration_files().values() for path in paths}
    configuration = Configuration(isolated=False)
    configuration.load()
    for key, value in configuration.items():
        # Newer pips give the values of a key by file, older ones the value itself.
        values = value.values() if isinstance(value, dict) else [value]
        for text in values:
            if key.endswith("constraint"):
                paths.update(os.path.abspath(path) for path in str(text).split() if "://" not in path)
    return sorted(paths)


class Fetched(KeyboardInterrupt):
    """Ends pip once what it is asked for is there, or known. Of whatever else is raised it writes a
    traceback, or tries another version (`run_wrapper` in pip/_internal/cli/base_command.py)."""


# What only a compiler reads, what only a builder of native code reads, and how a script or a
# configuration names them.
NATIVE_ENDINGS = (".c", ".cc", ".cpp", ".cxx", ".pyx", ".pxd", ".f", ".f90", ".cu", ".rs", ".go")
NATIVE_BUILDERS = ("Cargo.toml", "CMakeLists.txt", "meson.build", "configure.ac")
NATIVE_WORDS = {
    "setup.py": r"ext_modules|\bExtension\(|cythonize\(|cffi_modules|rust_extensions|CMakeExtension",
    "setup.cfg": r"ext_modules",
    "pyproject.toml": r"\bext-modules\b|\bmaturin\b|\bmesonpy\b|scikit_build_core|setuptools-rust"
    r"|\bsipbuild\b|\bext_modules\b",
}
# Folders that are not built.
ASIDE = ("test", "tests", "testing", "doc", "docs", "example", "examples", "samples", "benchmarks")


def native_sign(folder):
    """Why a project's folder looks as if building it compiled something, as a clause, or None."""
    for name, words in sorted(NATIVE_WORDS.items()):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if not line.lstrip().startswith("#")]
        found = re.search(words, "".join(lines))
        if found:
            return "its `%s` has `%s`" % (name, found.group().rstrip("("))
    for name in NATIVE_BUILDERS:
        if os.path.isfile(os.path.join(folder, name)):
            return "it has `%s`" % name
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name.lower() not in ASIDE)
        for name in sorted(files):
            if name.lower().endswith(NATIVE_ENDINGS):
                path = os.path.relpath(os.path.join(root, name), folder)
                return "it has `%s`" % path.replace(os.sep, "/")
    return None


def archive_name(path, link):
    """The name of a fetched file, with the ending of an archive: an address need not have one."""
    name = os.path.basename(path)
    endings = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar", ".whl")
    if name.lower().endswith(endings):
        return name
    with open(path, "rb") as file:
        head = file.read(6)
    for start, ending in ((b"PK", ".zip"), (b"\x1f\x8b", ".tar.gz"), (b"BZh", ".tar.bz2"), (b"\xfd7z", ".tar.xz")):
        if head.startswith(start):
            return name + ending
    return name


def stop_at_sources(known, folder):
    """Makes pip stop with the source distribution in the folder, and look into it."""
    from pip._internal.operations import prepare

    def fetched(requirement, *_, **__):
        path, link = requirement.local_file_path, requirement.link
        name = archive_name(path, link)
        shutil.copyfile(path, os.path.join(folder, name))
        known["urls"][name] = link.url_without_fragment
        known["native"] = native_sign(requirement.unpacked_source_directory)
        known["fetched"] = True
        raise Fetched()

    if not hasattr(prepare, "_get_prepared_distribution"):
        unusable("its pip prepares sources in a way that is not known here")
    prepare._get_prepared_distribution = fetched


def remember_files(known):
    """Notes what an index has of a project besides wheels for every platform: whether a version
    has native code is seen in the names of its wheels."""
    from pip._internal.index.package_finder import LinkEvaluator

    evaluate = LinkEvaluator.evaluate_link

    def remembering(self, link):
        name = link.filename
        if not name.endswith("-any.whl"):
            known["files"].setdefault(self.project_name, []).append(name)
        return evaluate(self, link)

    LinkEvaluator.evaluate_link = remembering


def remember_refusals(known):
    """Notes what servers refused, and those that could not be reached: pip says of a page that it
    may not read only with `--verbose`, and then goes on as if it were empty."""
    from pip._internal.network.session import PipSession

    request = PipSession.request

    def note(url, status, fault, said):
        plain = re.sub("^([a-z+]+://)[^/@]*@", r"\1", url.split("#")[0].split("?")[0])
        entry = {"url": plain, "status": status, "fault": fault, "said": said}
        if entry not in known["refusals"]:
            known["refusals"].append(entry)

    def remembering(self, method, url, *args, **kwargs):
        try:
            response = request(self, method, url, *args, **kwargs)
        except Exception as error:
            # Newer pips wrap what went wrong in an error of theirs, with a text apart.
            said = getattr(error, "context", None) or error
            note(url, 0, type(error).__name__, str(said)[:2000])
            raise
        if response.status_code >= 400:
            note(url, response.status_code, "", str(response.reason))
        return response

    PipSession.request = remembering


def configured(name):
    """Whether pip's configuration has an option."""
    from pip._internal.configuration import Configuration

    configuration = Configuration(isolated=False)
    configuration.load()
    for key, value in configuration.items():
        keys = list(value) if isinstance(value, dict) else [key]
        if any(str(one).endswith("." + name) for one in keys + [key]):
            return True
    return False


def keep_keyring(version, arguments):
    """Lets pip ask the keyring and nobody else. `--no-input` turns it off, unless a provider is
    named, which pip can since 23.1 ("Authentication" in its documentation)."""
    from pip._internal.network import auth

    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers >= (23, 1):
        if configured("keyring-provider"):
            return arguments
        import importlib.util

        # As its provider `auto` chooses.
        if importlib.util.find_spec("keyring"):
            return arguments + ["--keyring-provider=import"]
        return arguments + ["--keyring-provider=subprocess"] if shutil.which("keyring") else arguments
    authentication = getattr(auth, "MultiDomainBasicAuth", None)
    if not hasattr(authentication, "_prompt_for_password"):
        return arguments
    start = authentication.__init__

    def started(self, *args, **kwargs):
        # The options are read by now. A pip that builds for this one asks nobody, either.
        os.environ["PIP_NO_INPUT"] = "1"
        start(self, *args, **kwargs)

    authentication.__init__ = started
    authentication._prompt_for_password = lambda *_: (None, None, False)
    return [one for one in arguments if one != "--no-input"]


def remember_addresses(known):
    """Notes the address of each file, for `pip download` has no report, as `pip install` has."""
    from pip._internal.operations.prepare import RequirementPreparer

    # An unknown pip gives wheels all the same, and locks without addresses.
    save = getattr(RequirementPreparer, "save_linked_requirement", None)
    if save is None:
        return

    def remembering(self, requirement):
        link = requirement.link
        if link is not None and not link.is_vcs:
            known["urls"][link.filename] = link.url_without_fragment
        return save(self, requirement)

    RequirementPreparer.save_linked_requirement = remembering


def leave_out_files(known, sizes, platform, requirements):
    """Keeps files of an index from pip that it could only refuse, before it makes an object of each and
    reads its version: of boto3 alone an index has 4,000, and most of pip's time goes there."""
    from pip._internal.models.link import Link

    # `manylinux_2_34_x86_64`, and the version may be missing: `manylinux2014_x86_64`.
    machine = re.sub("^[a-z]+([0-9]+|(_[0-9]+)+)?", "", platform)
    pins = exact_versions(requirements)

    def is_hopeless(name):
        if not name.endswith(".whl"):
            # The caller lets pip take wheels only.
            return name.endswith((".tar.gz", ".zip", ".egg", ".exe", ".tar.bz2", ".msi", ".rpm"))
        parts = name[:-4].split("-")
        if len(parts) not in (5, 6):
            return False
        pin = pins.get(re.sub("[-_.]+", "-", parts[0]).lower())
        if pin is not None:
            version = plain_version(parts[1])
            if version is not None and version != pin:
                return True
        tags = parts[-1].split(".")
        return not any(tag == "any" or "linux" in tag and tag.endswith(machine) for tag in tags)

    def without(make, name_of):
        def made(cls, file, *args, **kwargs):
            if is_hopeless(name_of(file)):
                known["left_out"] = True
                return None
            link = make(file, *args, **kwargs)
            size = file.get("size")
            if link is not None and type(size) is int and size >= 0:
                sizes[link.url_without_fragment] = size
            return link

        return classmethod(made)

    def of_json(file):
        return str(file.get("filename"))

    def of_element(attributes):
        address = attributes.get("href") or ""
        return address.split("#")[0].split("?")[0].rsplit("/", 1)[-1]

    # An unknown pip sees all files.
    if hasattr(Link, "from_json") and hasattr(Link, "from_element"):
        Link.from_json = without(Link.from_json, of_json)
        Link.from_element = without(Link.from_element, of_element)


def plain_version(text):
    """The numbers of a version that has nothing but numbers, without zeros at its end; else None."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", text):
        return None
    numbers = [int(number) for number in text.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers


def exact_versions(path):
    """The versions of the projects that a requirements file and its constraints pin without a marker, by
    their normalised names."""
    pins = {}
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        if line.startswith("-c "):
            pins.update(exact_versions(os.path.join(os.path.dirname(path), line[3:])))
            continue
        found = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*==\s*([0-9.]+)\s*(?:$|[,#]|--)", line)
        version = plain_version(found.group(2)) if found and ";" not in line else None
        if version is not None:
            pins[re.sub("[-_.]+", "-", found.group(1)).lower()] = version
    return pins


def defer_wheels(known, sizes):
    """Leaves wheels to the caller of which an index gave the metadata apart (PEP 658), so that pip has no
    other need of them: those with a SHA-256, from a server for which pip has neither credentials
    nor settings of its own."""
    from pip._internal.operations.prepare import RequirementPreparer

    # An older pip fetches wheels while it resolves.
    prepare = getattr(RequirementPreparer, "prepare_linked_requirements_more", None)
    if prepare is None:
        return

    def is_open(session, link):
        """Whether the caller can fetch it: without credentials and settings that only pip has."""
        address = urllib.parse.urlsplit(link.url)
        host = address.hostname or ""
        is_here = host in ("localhost", "::1") or host.startswith("127.")
        is_secure = address.scheme == "https" or address.scheme == "http" and is_here
        if not is_secure or address.username or address.query:
            return False
        passwords = getattr(getattr(session, "auth", None), "passwords", {})
        special = [session.cert, session.proxies, getattr(session, "pip_trusted_origins", None)]
        return not any(passwords.get(link.netloc, ())) and not any(special)

    def as_wheel(requirement, session):
        """What the caller needs to know of a wheel that is left to it; None of another file."""
        link = requirement.link
        if session is None or not link.is_wheel or not hasattr(link, "as_hashes"):
            return None
        digests = (link.as_hashes()._allowed or {}).get("sha256", [])
        if len(digests) != 1 or not re.fullmatch("[0-9a-f]{64}", digests[0]):
            return None
        if not is_open(session, link):
            return None
        return {
            "name": link.filename,
            "url": link.url_without_fragment,
            "sha256": digests[0],
            "size": sizes.get(link.url_without_fragment),
            "certificates": session.verify if isinstance(session.verify, str) else None,
        }

    def preparing(self, requirements, *args, **kwargs):
        requirements = list(requirements)
        session = getattr(self, "_session", None)
        wheels = [
            as_wheel(it, session) if it.needs_more_preparation else None for it in requirements
        ]
        if not any(wheels):
            return prepare(self, requirements, *args, **kwargs)
        others = [it for it, wheel in zip(requirements, wheels) if wheel is None]
        prepare(self, others, *args, **kwargs)
        for requirement in others:
            self.save_linked_requirement(requirement)
        known["wheels"] = [wheel for wheel in wheels if wheel is not None]
        known["fetched"] = True
        raise Fetched()

    RequirementPreparer.prepare_linked_requirements_more = preparing
    describe = getattr(RequirementPreparer, "_fetch_metadata_using_link_data_attr", None)
    announced = set()

    def describing(self, requirement, *args, **kwargs):
        described = describe(self, requirement, *args, **kwargs)
        project = getattr(requirement, "name", None)
        if described is not None and project not in announced:
            # Only the first that pip looks at: where it goes back and forth, it looks at many.
            announced.add(project)
            wheel = as_wheel(requirement, getattr(self, "_session", None))
            if wheel is not None:
                sys.stdout.write(ANNOUNCEMENT + json.dumps(wheel) + "\n")
                sys.stdout.flush()
        return described

    if describe is not None:
        RequirementPreparer._fetch_metadata_using_link_data_attr = describing


def say_less_of_the_host(version):
    """Spares pip what it runs at every start to describe the host to an index, for statistics:
    lsb_release, uname, and rustc, which may fetch the toolchain that a checkout names (rustup).

    Source: `user_agent` in pip/_internal/network/session.py; this keeps its form.
    """
    from pip._internal.network import session

    # An unknown pip describes it as it likes.
    if not (hasattr(session, "user_agent") and hasattr(session, "looks_like_ci")):
        return
    known = {
        "ci": True if session.looks_like_ci() else None,
        "cpu": platform.machine(),
        "implementation": {
            "name": platform.python_implementation(),
            "version": platform.python_version(),
        },
        "installer": {"name": "pip", "version": version},
        "python": platform.python_version(),
        "system": {"name": platform.system(), "release": platform.release()},
    }
    if "PIP_USER_AGENT_USER_DATA" in os.environ:
        known["user_data"] = os.environ["PIP_USER_AGENT_USER_DATA"]
    text = "pip/%s %s" % (version, json.dumps(known, separators=(",", ":"), sort_keys=True))
    session.user_agent = lambda: text


def write(known, answer):
    """Writes what is known by now."""
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(known, file)


def main():
    request, answer, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(request, encoding="utf-8") as file:
        request = json.load(file)
    version = pip_version()
    replace_markers(request["markers"])
    known = {
        "pip": version,
        "configuration": configuration_files(),
        "urls": {},
        "files": {},
        "native": None,
        "refusals": [],
        "wheels": [],
        "left_out": False,
    }
    write(known, answer)
    remember_addresses(known)
    remember_refusals(known)
    say_less_of_the_host(version)
    if request["source"]:
        stop_at_sources(known, arguments[arguments.index("--dest") + 1])
    else:
        remember_files(known)
    if request["lean"]:
        sizes = {}
        platform = arguments[arguments.index("--platform") + 1]
        leave_out_files(known, sizes, platform, arguments[arguments.index("-r") + 1])
        defer_wheels(known, sizes)
    arguments = keep_keyring(version, arguments)
    from pip._internal.cli.main import main as run_pip

    try:
        code = run_pip(arguments)
    except Fetched:
        code = 0
    if known.pop("fetched", False):
        code = 0
    if code == 0:
        known["files"] = {}
    write(known, answer)
    sys.exit(code)


if __name__ == "__main__":
    main()
