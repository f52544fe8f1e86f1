"""A build backend without requirements, as small as can be; a project's folder has a copy of it.

What it builds is told by `project.json` beside it. Like real ones it leaves traces: folders in the
project, the time of day, the umask's modes, its process in WHEEL.
"""

import base64, hashlib, json, os, tarfile, time, zipfile

project = json.load(open("project.json"))
if project["dialect"] == "scm":
    # As setuptools-scm does where there is no git.
    if "SETUPTOOLS_SCM_PRETEND_VERSION" not in os.environ:
        raise LookupError("setuptools-scm was unable to detect version")
    project["version"] = os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"]
info = "{0[name]}-{0[version]}.dist-info".format(project)


is_new = project["dialect"] == "new"


def metadata():
    """What two backends, or two versions of one, write of the same facts."""
    if is_new:
        facts = [line.replace('"', "'").replace(" ; ", ";") for line in project["metadata"]]
        lines = ["Metadata-Version: 2.4", "Version: " + project["version"]] + facts[::-1]
        lines += ["Name: " + project["name"], "License-File: LICENSE", "Dynamic: summary"]
        return "\n".join(lines) + "\n\nA text.\n"
    lines = ["Metadata-Version: 2.1", "Name: " + project["name"], "Version: " + project["version"]]
    return "\n".join(lines + project["metadata"]) + "\n"


def files():
    yield info + "/METADATA", metadata().encode(), 0o644
    wheel = "Wheel-Version: 1.0\nGenerator: backend (%d)\nRoot-Is-Purelib: true\nTag: %s\n"
    yield info + "/WHEEL", (wheel % (os.getpid(), project["tag"])).encode(), 0o644
    yield info + "/direct_url.json", ('{"url": "file://%s"}' % os.getcwd()).encode(), 0o644
    for folder, folders, names in os.walk("src"):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            mode = os.stat(path).st_mode
            yield os.path.relpath(path, "src").replace(os.sep, "/"), open(path, "rb").read(), mode
    for name, text in sorted(project["info"].items()):
        folder = "licenses/" if is_new and name == "LICENSE" else ""
        yield info + "/" + folder + name, text.encode(), 0o600 if is_new else 0o644
    if is_new:
        yield info + "/zip-safe", b"\n", 0o666


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if "BUILD_LOG" in os.environ:
        with open(os.environ["BUILD_LOG"], "a") as log:
            log.write(project["name"] + "\n")
    for folder in ["build", project["name"] + ".egg-info"]:
        os.makedirs(folder, exist_ok=True)
        open(os.path.join(folder, "trace"), "w").close()
    if project["fault"]:
        raise SystemExit(project["fault"])
    name = "{0[name]}-{0[version]}-{0[tag]}.whl".format(project)
    record = ""
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        members = list(files())
        for path, data, mode in members[::-1] if is_new else members:
            date = (2040, 1, 2, 3, 4, 6) if is_new else time.localtime()[:6]
            member = zipfile.ZipInfo(path, date)
            member.external_attr = (0o100000 | mode) << 16
            member.compress_type = zipfile.ZIP_DEFLATED if is_new else zipfile.ZIP_STORED
            archive.writestr(member, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            record += "%s,sha256=%s,%d\n" % (path, digest, len(data))
        archive.writestr(info + "/RECORD", record + info + "/RECORD,,\n")
    return name


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    os.mkdir(os.path.join(metadata_directory, info))
    with open(os.path.join(metadata_directory, info, "METADATA"), "w") as file:
        file.write(metadata())
    return info


def build_sdist(sdist_directory, config_settings=None):
    raise SystemExit("nobody asks for this")
