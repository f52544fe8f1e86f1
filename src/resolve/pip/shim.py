"""Runs pip for a target that is not its host.

usage: shim.py REQUEST ANSWER PIP_ARGUMENT...

pip chooses wheels by the target's tags, but evaluates markers for the interpreter that runs it.
REQUEST is a JSON object of all marker variables of the target; they replace the host's before
pip starts. For a build, which runs on the host, it is empty. ANSWER gets pip's version, the paths
of its configuration files, and where it found each file. An interpreter that can't do this exits
with 97 and says why in its last line.

pip has no option for markers: `default_environment` in pip/_vendor/packaging/markers.py asks the
interpreter, under `--platform` and `--python-version` as well. Tried with pip 21.2.4, 22.3.1,
23.0.1, 23.2.1, 24.0, 24.3.1, 25.3 and 26.3.
"""

import gc
import json
import os
import platform
import sys

# pip makes little garbage, and looking for it among all that it imports takes a tenth of its time.
gc.set_threshold(100000)

UNUSABLE = 97
OLDEST_PIP = (21, 2)


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
        target = json.load(file)
    version = pip_version()
    replace_markers(target)
    known = {"pip": version, "configuration": configuration_files(), "urls": {}}
    write(known, answer)
    remember_addresses(known)
    say_less_of_the_host(version)
    from pip._internal.cli.main import main as run_pip

    code = run_pip(arguments)
    write(known, answer)
    sys.exit(code)


if __name__ == "__main__":
    main()
