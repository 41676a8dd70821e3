import { configErrorPages, type ErrorPage } from "./config/load-config.ts";

/** Errors of the runtime and of plugins' shared parts; those of the configuration stand beside its checks. */
const runtimeErrorPages: Readonly<Record<string, ErrorPage>> = {
  "start-failed": {
    title: "A component could not start",
    cause: "Its start call failed: a port is taken, a file cannot be read, a library is missing. The rest of the line says which.",
    remedy: "Mend what the line names. With `startup: retry` or `startup: degrade` on the component the others run without it.",
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
  "address-in-use": {
    title: "A port is taken",
    cause: "Another process, or another component, listens on the address.",
    remedy: "Set another port at the option that the error names, or stop the other process (`ss -ltnp` shows it).",
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
    cause: "An embedding program called createMetrics, createLogs or createTraces of a factory that does not list the signal.",
    remedy: "`tracecore components` lists which signals each plugin supports.",
  },
  "nil-meter-provider": {
    title: "Self-telemetry was made without a meter provider",
    cause: "newReceiver, newExporter or newProcessor got undefined. Components get a provider from the runtime.",
    remedy: "Pass `settings.telemetry.meterProvider`, or use receiverTelemetry, exporterTelemetry or processorTelemetry, which fall back to measuring nothing.",
  },
  "plugin-not-installed": {
    title: "A plugin package is not installed",
    cause: "The config names a component whose package was found neither beside the config file nor beside the command.",
    remedy: "Run the `pnpm add` line of the error in the folder of the config file, or name another package under `plugins:`.",
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
export const errorPages: Readonly<Record<string, ErrorPage>> = { ...configErrorPages, ...runtimeErrorPages };
