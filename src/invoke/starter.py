# Stands in for the runtime client of Lambda: finds the handler, calls it once, and hands what it
# returns to the tool.
#
# It is given to `python -I -S -B -u -X utf8 -c`, so no site-packages, no user's folder and no variable
# of the caller's has a say in what can be imported. A message is one line of JSON. The tool's come
# on standard input, the first of them with all there is to know; those to the tool go to standard
# output, of which the handler sees nothing: it has /dev/null to read from, and both its outputs are
# standard error.
#
# What it does in the same way as Lambda it does by its open runtime interface client (awslambdaric)
# and by the `bootstrap.py` of the base images for Python.
import importlib
import importlib.machinery
import json
import logging
import os
import site
import sys
import threading
import time
import traceback

TASK_ROOT = "/var/task"
OPT = "/opt"


class Tool:
    """The tool at the other end of both pipes."""

    def __init__(self):
        self.process = os.getpid()
        self.messages = os.fdopen(os.dup(0), "rb")
        self.answers = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        # Also for C code and for programs that the handler starts.
        os.dup2(2, 1)

    def hears(self):
        return json.loads(self.messages.readline())

    def says(self, message):
        line = memoryview(json.dumps(message).encode() + b"\n")
        while line:
            line = line[os.write(self.answers, line) :]

    def asks(self, message):
        self.says(message)
        return self.hears()


class RuntimeFinder:
    """Has the packages of the runtime laid out when the first of them is imported.

    It is asked when nobody else has the module: what is packaged comes first, as in Lambda.
    """

    def __init__(self, tool, names, projects, folder):
        self.tool, self.names, self.projects, self.folder = tool, names, projects, folder
        self.is_laid_out = False
        self.lock = threading.Lock()

    def lay_out(self):
        # A forked process would read answers that are another's.
        if os.getpid() != self.tool.process:
            return
        with self.lock:
            if not self.is_laid_out:
                self.tool.asks("needs")
                importlib.invalidate_caches()
                self.is_laid_out = True

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.names:
            return None
        # Another thread may have had them laid out since the folder was searched for this one.
        self.lay_out()
        return importlib.machinery.PathFinder.find_spec(name, path, target)

    def find_distributions(self, context):
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        name = (context.name or "").lower().replace("_", "-").replace(".", "-")
        if name not in self.projects:
            return iter(())
        self.lay_out()
        context = DistributionFinder.Context(name=context.name, path=[self.folder])
        return MetadataPathFinder().find_distributions(context)


class Context:
    """What a handler is given beside the event."""

    def __init__(self, request, deadline):
        self.aws_request_id = request
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        region = os.environ.get("AWS_REGION")
        # An account that AWS uses in examples.
        self.invoked_function_arn = "arn:aws:lambda:{}:123456789012:function:{}".format(
            region, self.function_name
        )
        self.tenant_id = None
        self.client_context = None
        self.identity = CognitoIdentity()
        self._deadline = deadline

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext(aws_request_id={0.aws_request_id})".format(self)


Context.__name__ = Context.__qualname__ = "LambdaContext"


class CognitoIdentity:
    cognito_identity_id = None
    cognito_identity_pool_id = None

    def __repr__(self):
        return "CognitoIdentity(cognito_identity_id=None)"


class Encoder:
    """Writes JSON as simplejson does for the runtime client: a decimal as its digits, named tuples
    as objects, bytes as text, what is no number as `NaN`."""

    def __init__(self, is_ascii):
        from json import encoder

        self.text = encoder.encode_basestring_ascii if is_ascii else encoder.encode_basestring
        self.open = set()

    def encode(self, value):
        pieces = []
        limit = sys.getrecursionlimit()
        # A level of the value is three calls here, and one in simplejson.
        sys.setrecursionlimit(3 * limit)
        try:
            self.add(value, pieces.append)
        finally:
            sys.setrecursionlimit(limit)
        return "".join(pieces)

    @staticmethod
    def number(value):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return float.__repr__(value)

    def key(self, key):
        if isinstance(key, str):
            return key
        if isinstance(key, bytes):
            return key.decode()
        if key is None or key is True or key is False:
            return {None: "null", True: "true", False: "false"}[key]
        if isinstance(key, float):
            return self.number(key)
        if isinstance(key, int):
            return int.__repr__(key)
        name = type(key).__name__
        if type(key).__module__ == "decimal":
            name = "decimal." + name
        raise TypeError("keys must be str, int, float, bool or None, not " + name)

    def add(self, value, write):
        if value is None:
            write("null")
        elif value is True:
            write("true")
        elif value is False:
            write("false")
        elif isinstance(value, (str, bytes)):
            write(self.text(value if isinstance(value, str) else value.decode()))
        elif isinstance(value, int):
            write(int.__repr__(value))
        elif isinstance(value, float):
            write(self.number(value))
        else:
            if id(value) in self.open:
                raise ValueError("Circular reference detected")
            self.open.add(id(value))
            self.add_other(value, write)
            self.open.discard(id(value))

    def add_other(self, value, write):
        as_object = getattr(value, "_asdict", None)
        if isinstance(value, list):
            self.add_all(value, write)
        elif callable(as_object):
            self.add_pairs(as_object(), write)
        elif isinstance(value, tuple):
            self.add_all(value, write)
        elif isinstance(value, dict):
            self.add_pairs(value, write)
        elif is_decimal(value):
            write("NaN" if value.is_nan() else str(value))
        else:
            name = type(value).__name__
            raise TypeError("Object of type " + name + " is not JSON serializable")

    def add_all(self, values, write):
        separator = "["
        for value in values:
            write(separator)
            self.add(value, write)
            separator = ", "
        write("[]" if separator == "[" else "]")

    def add_pairs(self, pairs, write):
        separator = "{"
        for key, value in pairs.items():
            write(separator + self.text(self.key(key)) + ": ")
            self.add(value, write)
            separator = ", "
        write("{}" if separator == "{" else "}")


def is_decimal(value):
    # Whoever has one has imported its module.
    decimal = sys.modules.get("decimal")
    return decimal is not None and isinstance(value, decimal.Decimal)


class Fault(Exception):
    """What Lambda calls `Runtime.KIND`."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def set_path(told):
    """Sets `sys.path` in Lambda's order."""
    task = told["task"]
    chosen = os.environ.get("PYTHONPATH")
    own = [task]
    if chosen is None:
        own += told["layers"]
    else:
        # Where a function has the variable, the bootstrap adds no layers.
        folders = (folder for folder in chosen.split(os.pathsep) if folder)
        own += [here(folder, told) for folder in folders]
    sys.path[:0] = own + [told["runtime"]]
    # The bootstrap does this, so that `.pth` files of a package are read.
    site.addsitedir(task)
    if chosen is None:
        for layer in told["layers"]:
            site.addsitedir(layer)
        # For programs in Python that a handler starts.
        os.environ["PYTHONPATH"] = told["runtime"]
    # What `site` gives to every Python that is started without `-S`.
    site.setquit()
    site.setcopyright()
    site.sethelper()


def here(folder, told):
    """A folder below those where Lambda has the package and layers, where it is here."""
    for root, own in ((TASK_ROOT, told["task"]), (OPT, told["opt"])):
        if own and (folder + "/").startswith(root + "/"):
            return own + folder[len(root) :]
    return folder


def set_variables():
    """Sets the variables that are others in each run, and returns the id of the request."""
    letters = os.urandom(16).hex()
    parts = (letters[:8], letters[8:12], "4" + letters[13:16], "8" + letters[17:20], letters[20:])
    stream = time.strftime("%Y/%m/%d/", time.gmtime()) + "[$LATEST]" + os.urandom(16).hex()
    os.environ.setdefault("AWS_LAMBDA_LOG_STREAM_NAME", stream)
    trace = "Root=1-{:08x}-{};Parent={};Sampled=0".format(
        int(time.time()), os.urandom(12).hex(), os.urandom(8).hex()
    )
    os.environ.setdefault("_X_AMZN_TRACE_ID", trace)
    return "-".join(parts)


def set_streams():
    for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        stream.reconfigure(encoding="utf-8", errors=errors)


def set_logging(request, task):
    class Handler(logging.Handler):
        def emit(self, record):
            record.aws_request_id = request
            text = with_lambdas_paths(self.format(record), task)
            # A traceback comes behind the end of the line.
            sys.stdout.write(text if text.endswith("\n") else text + "\n")

    logging.Formatter.converter = time.gmtime
    layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler = Handler()
    handler.setFormatter(logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if level in ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"):
        root.setLevel(level)


def find_handler(text, is_import):
    module, dot, function = text.rpartition(".")
    if not dot:
        raise Fault("MalformedHandlerName", "Bad handler '" + text + "': it has no dot")
    if module.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module " + module + " as a handler module"
        raise Fault("BuiltInModuleConflict", message)
    try:
        found = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '" + module + "': " + str(error)
        raise Fault("ImportModuleError", message) from error
    except SyntaxError as error:
        message = "Syntax error in module '" + module + "': " + str(error)
        raise Fault("UserCodeSyntaxError", message) from error
    if is_import:
        return None
    try:
        return getattr(found, function)
    except AttributeError:
        message = "Handler '" + function + "' missing on module '" + module + "'"
        raise Fault("HandlerNotFound", message) from None


def is_ours(frame):
    """Whether a frame is of this file or of Python's own importing."""
    name = frame.f_code.co_filename
    return (
        frame.f_globals is globals()
        or name.startswith("<frozen importlib")
        or name == importlib.__file__
    )


def with_lambdas_paths(text, task):
    return text.replace(task + os.sep, TASK_ROOT + "/")


def show(error, task):
    """Prints a traceback, from the handler's own code on, with Lambda's paths."""
    trace = error.__traceback__
    while trace is not None and is_ours(trace.tb_frame):
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    sys.stderr.write(with_lambdas_paths(text, task))


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass
    # What C code has printed waits in a buffer, since neither output is a terminal to it.
    try:
        import ctypes

        ctypes.CDLL(None).fflush(None)
    except (ImportError, OSError, TypeError):
        pass


def run(tool, told, request):
    """Calls the handler, and returns the last message to the tool."""
    task = told["task"]
    try:
        handler = find_handler(told["handler"], told["only_import"])
        tool.asks("imported")
        if told["only_import"]:
            return {"returned": "null"}
        event = json.loads(told["event"])
        deadline = time.monotonic() + told["timeout"]
        returned = handler(event, Context(request, deadline))
        # Lambda writes beyond ASCII as it is since Python 3.12.
        is_ascii = sys.version_info < (3, 12)
        try:
            # Bytes are handed on as they are.
            is_done = isinstance(returned, bytes)
            text = returned.decode() if is_done else Encoder(is_ascii).encode(returned)
            text.encode()
        except Exception as error:
            raise Fault("MarshalError", "Unable to marshal response: " + str(error)) from None
        return {"returned": text}
    except Fault as fault:
        message = with_lambdas_paths(str(fault), task)
        sys.stderr.write("[ERROR] Runtime." + fault.kind + ": " + message + "\n")
        if fault.__cause__ is not None:
            show(fault.__cause__, task)
        return {"fault": fault.kind, "message": message}
    except SystemExit as error:
        if isinstance(error.code, str):
            sys.stderr.write(error.code + "\n")
        return {"exited": repr(error.code)}
    except BaseException as error:
        show(error, task)
        return {"raised": type(error).__name__}


def main():
    tool = Tool()
    told = tool.hears()
    set_streams()
    sys.argv = ["/var/runtime/bootstrap.py"]
    request = set_variables()
    set_path(told)
    sys.meta_path.append(RuntimeFinder(tool, told["names"], told["projects"], told["runtime"]))
    try:
        # A crash of C code says where it was.
        import faulthandler

        faulthandler.enable()
    except (ImportError, OSError, ValueError):
        pass
    set_logging(request, told["task"])
    last = run(tool, told, request)
    flush()
    tool.says(last)
    # Lambda freezes what still runs, and calls nothing that waits for the end of Python.
    os._exit(0)


main()
