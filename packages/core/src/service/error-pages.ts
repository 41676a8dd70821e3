import { configErrorPages, type ErrorPage } from "./config/load-config.ts";
import { gpuErrorPages } from "./gpu-error-pages.ts";
import { tapErrorPages } from "./tap-error-pages.ts";

/** Errors of the runtime and of plugins' shared parts; those of the configuration stand beside its checks. */
const runtimeErrorPages: Readonly<Record<string, ErrorPage>> = {
  "start-failed": {
    title: "A component could not start",
    cause:
      "Its start call failed: a port is taken, a file cannot be read, a library is missing. The rest of the line says which.",
    remedy:
      "Mend what the line names. With `startup: retry` or `startup: degrade` on the component the others run without it.",
  },
  "start-timeout": {
    title: "A component did not start in time",
    cause: "Its start call took longer than `runtime.start_timeout`.",
    remedy: "Look at what it waits for. Raise `runtime.start_timeout`, or set `startup: retry` on the component.",
  },
  "start-interrupted": {
    title: "The collector was told to stop while it started",
    cause: "SIGINT or SIGTERM came before every component had started. What had started was stopped again.",
    remedy: "Nothing; start it again when you want it to run.",
  },
  "authenticator-missing": {
    title: "The extension that should check or sign requests does not run",
    cause:
      "A component names an extension under `auth.authenticator`, and no extension of this ID runs, or it is not one that does this.",
    remedy: "Define it under `extensions`, list it under `service.extensions`, and write its whole ID.",
  },
  "credentials-unusable": {
    title: "Passwords or tokens cannot be used",
    cause:
      "A file with credentials cannot be read, is empty, or holds a line or a kind of hash that is not known. The error names the file and the line, never what it holds.",
    remedy:
      "Check the path, its permissions and the line. An htpasswd file may hold `{SSHA}`, `{SHA}` and plain passwords: `htpasswd -s` writes `{SHA}`.",
  },
  "otlp-malformed": {
    title: "Data that is said to be OTLP is not",
    cause:
      "A request could not be read: a message in it does not end where it says, or a value in JSON has another type than the protocol says. The message names the byte or the path.",
    remedy: "Correct the sender. Nothing of the request was taken.",
  },
  "address-in-use": {
    title: "A port is taken",
    cause: "Another process, or another component, listens on the address.",
    remedy: "Set another port at the option that the error names, or stop the other process (`ss -ltnp` shows it).",
  },
  "address-not-permitted": {
    title: "A port may not be opened",
    cause:
      "The operating system refuses this user the address: ports below 1024 need a privilege, and an address must belong to the host.",
    remedy: "Take a port of 1024 or above, or grant CAP_NET_BIND_SERVICE.",
  },
  "cannot-listen": {
    title: "A port cannot be opened",
    cause:
      "The operating system refused the address for a reason that the error names: no such address on this host, no such folder for a socket.",
    remedy: "Mend what the error names at the option that it names.",
  },
  "tls-file-unreadable": {
    title: "A certificate or key cannot be read",
    cause: "The file does not exist, or this user may not read it.",
    remedy: "Check the path and the permissions of the file that the error names.",
  },
  "tls-file-invalid": {
    title: "A certificate and its key do not fit together",
    cause:
      "A file is not PEM, is only half written, or the key belongs to another certificate. At a reload the previous pair stays in use.",
    remedy: "Write both files whole, and check them with `openssl x509` and `openssl pkey`.",
  },
  "unsupported-meter-provider": {
    title: "A meter provider cannot be used",
    cause: "An embedding program passed something that has no getMeter, or whose meters refuse the instruments.",
    remedy: "Pass a MeterProvider of @opentelemetry/sdk-metrics, or none.",
  },
  "telemetry-path-invalid": {
    title: "A path of the operator surface is wrong",
    cause: "It must begin with a slash, hold no white space, query or fragment, and differ from the other two.",
    remedy: "Write for example /metrics.",
  },
  "surface-started": {
    title: "The operator surface was started twice",
    cause: "An embedding program called start on a server that runs.",
    remedy: "Make a new one, or call start once.",
  },
  "argument-missing": {
    title: "An argument is missing",
    cause: "An embedding program left out what the error names.",
    remedy: "Pass it.",
  },
  "label-invalid": {
    title: "A label name cannot be used in Prometheus",
    cause: "It must begin with a letter or underscore and hold letters, digits and underscores.",
    remedy: "Rename the label.",
  },
  "component-not-started": {
    title: "Something was asked of a component before it had started",
    cause: "An embedding program used a component without awaiting its start call.",
    remedy: "Await `start(host)` first.",
  },
  "component-id-invalid": {
    title: "A component ID is not of the form type or type/name",
    cause: "The type must begin with a letter and hold letters, digits and underscores; the name must not be empty.",
    remedy: "Write for example `otlp` or `otlp/backup`.",
  },
  "signal-not-supported": {
    title: "A component was asked for a signal that it does not support",
    cause:
      "An embedding program called createMetrics, createLogs or createTraces of a factory that does not list the signal.",
    remedy: "`tracecore components` lists which signals each plugin supports.",
  },
  "nil-meter-provider": {
    title: "Self-telemetry was made without a meter provider",
    cause: "newReceiver, newExporter or newProcessor got undefined. Components get a provider from the runtime.",
    remedy:
      "Pass `settings.telemetry.meterProvider`, or use receiverTelemetry, exporterTelemetry or processorTelemetry, which fall back to measuring nothing.",
  },
  "plugin-not-installed": {
    title: "A plugin package is not installed",
    cause:
      "The config names a component whose package was found neither beside the config file nor beside the command.",
    remedy:
      "Run the `pnpm add` line of the error in the folder of the config file, or name another package under `plugins:`.",
  },
  "plugin-broken": {
    title: "A plugin package cannot be loaded",
    cause: "Its code threw when it was loaded, or it does not export the factory that its name promises.",
    remedy: "Update it, or report the error to its authors.",
  },
  "config-file-unreadable": {
    title: "A config file cannot be read",
    cause: "There is no such file, it is a folder, or this user may not read it.",
    remedy: "Check the path and its permissions; `tracecore init` writes a first config.",
  },
  usage: {
    title: "The command line is wrong",
    cause: "A command, an option or an argument is not one that tracecore has.",
    remedy: "`tracecore --help` lists the commands, `tracecore <command> --help` what one takes.",
  },
  "file-exists": {
    title: "A file would be overwritten",
    cause: "The command writes new files only, and one of that name is there.",
    remedy: "Name another place, or use the option that the error names.",
  },
  "file-not-written": {
    title: "A file could not be written",
    cause: "The folder does not exist, the disk is full, or this user may not write there.",
    remedy: "Check the path, its permissions and the free space.",
  },
  "tarballs-missing": {
    title: "Packed packages were not found",
    cause: "`tracecore new --tarballs` looks for tracecore-core-….tgz and tracecore-testkit-….tgz in the folder.",
    remedy: "Pack them with the command that the error shows.",
  },
  "assemble-failed": {
    title: "The executable could not be assembled",
    cause: "Bundling failed, or this Node.js cannot build executables.",
    remedy: "Run it with Node.js 26 or later. A plugin with a top-level await cannot be held in an executable.",
  },
};

/** Every error that has a page, by code. */
export const errorPages: Readonly<Record<string, ErrorPage>> = {
  ...configErrorPages,
  ...runtimeErrorPages,
  ...gpuErrorPages,
  ...tapErrorPages,
};
