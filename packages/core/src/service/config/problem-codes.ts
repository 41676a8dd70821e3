/** What `tracecore explain <code>` and docs/errors.md say about a code. */
export interface ErrorPage {
  readonly title: string;
  readonly cause: string;
  readonly remedy: string;
}

/** The codes of configuration problems. Each code that this folder reports has a page, and a test holds it. */
export const configErrorPages: Readonly<Record<string, ErrorPage>> = {
  "config-too-large": {
    title: "The config is too large",
    cause:
      "All files together have more than 10 MiB, or more than 500,000 YAML tokens. A line `key: value` has about seven tokens. The limit keeps a file that was taken for a config by mistake, or was made to do harm, from holding up the process.",
    remedy: "Check that `--config` names the right file. Generated configs get shorter with anchors and aliases.",
  },
  "config-not-utf8": {
    title: "The config is not UTF-8",
    cause:
      "A config file must be UTF-8. The message gives the offset and the value of the first byte that is not; the position counts in the text before it. Editors on Windows may save UTF-16 or Windows-1252.",
    remedy: "Save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`.",
  },
  "config-empty": {
    title: "The config is empty",
    cause: "The file has no option at all, or only comments. With several files, one that is empty is a warning.",
    remedy: "Write receivers, exporters and pipelines into it. `tracecore init` writes a config to start from.",
  },
  "config-not-a-map": {
    title: "The config does not hold options",
    cause:
      "The top level of the file is a list or a single value. Most often a space is missing after the colon of the first line: `receivers:clock` is a text, `receivers: clock` is not.",
    remedy: "Begin the file with `receivers:` in the first column.",
  },
  "config-yaml-syntax": {
    title: "The file is not valid YAML",
    cause:
      "The text breaks a rule of YAML: a quotation mark or bracket is not closed, entries are not indented alike, a value begins with a character that has a meaning of its own, or a file holds two documents. One mistake can make later lines look wrong; only the first error of a line is shown.",
    remedy:
      "Correct the first error and check again. Put values that hold `: `, ` #` or begin with one of `@ * & ! % { [` in single quotes.",
  },
  "config-yaml-tab": {
    title: "A tab indents a line",
    cause: "YAML allows only spaces for indentation, as tabs have no width of their own.",
    remedy: "Replace the tab with spaces, and set the editor to insert spaces in YAML files.",
  },
  "config-yaml-alias": {
    title: "An alias leads nowhere",
    cause:
      "`*name` stands for the value that `&name` marks. The mark must come before, must not be around the alias, and must be in the same file. After `<<:` the value must be a map or a list of maps.",
    remedy: "Correct the name, or move the anchor up. A text that begins with `*` needs quotes.",
  },
  "config-alias-limit": {
    title: "The aliases of the config add too much",
    cause:
      "Aliases inside anchors multiply: nine lines can stand for a billion values. All aliases of a config may add at most 100,000 values.",
    remedy: "Use fewer aliases inside anchored values.",
  },
  "config-too-deep": {
    title: "The config is nested too deeply",
    cause: "More than 64 maps and lists stand inside one another, which no option needs.",
    remedy: "Look for an opening bracket, or a dash, that is repeated.",
  },
  "config-duplicate-key": {
    title: "An option is given twice",
    cause: "The same key stands twice in one map. YAML libraries differ in which one they take, so none is taken.",
    remedy: "Keep one of the two. To have two components of one type, name them: `otlp/a` and `otlp/b`.",
  },
  "config-reserved-key": {
    title: "A name cannot be used",
    cause: "`__proto__` has a meaning of its own in JavaScript and cannot be the name of an option.",
    remedy: "Use another name.",
  },
  "config-unknown-option": {
    title: "An option is not known",
    cause:
      "No such option exists at this place: it is misspelt, indented wrongly, or belongs to another version of the plugin. Unknown options are errors, since a misspelt one would otherwise keep its default without a word.",
    remedy: "Take the name that the message suggests, or see the options of the plugin in its README.",
  },
  "config-invalid-value": {
    title: "A value does not fit its option",
    cause:
      "The option is known, and its value has the wrong type, the wrong form, or lies outside what is allowed. Durations and sizes need a unit.",
    remedy:
      "Write a value as the message describes it. The README of the plugin has the type and default of each option.",
  },
  "config-missing-option": {
    title: "A required option is missing",
    cause: "The option has no default, because none would suit. The message ends with the description of the option.",
    remedy: "Add the option.",
  },
  "config-env-not-set": {
    title: "An environment variable is not set",
    cause:
      "The config refers to a variable with `${env:NAME}` or `${NAME}`, and the process does not have it. It is an error, since an empty value would take its place without a word.",
    remedy:
      "Set the variable, give a default with `${env:NAME:-default}`, or allow an empty value with `${env:NAME:-}`. Write `$${NAME}` for the text itself.",
  },
  "config-env-required": {
    title: "A required environment variable is missing",
    cause: "`${env:NAME:?message}` demands that the variable is set and not empty; the message says what it is for.",
    remedy: "Set the variable.",
  },
  "config-env-syntax": {
    title: "A reference to a variable cannot be read",
    cause:
      "Between `${` and `}` must stand `env:NAME` or `NAME`, and after it `:-default` or `:?message` if wanted. Names hold letters, digits and underscores. Other providers of the collector, such as `${file:…}`, are not supported.",
    remedy: "Correct the reference, or write `$$` for a dollar sign.",
  },
  "config-env-limit": {
    title: "The config uses too many variables",
    cause:
      "A config may refer to variables 10,000 times, their values may have 10 MiB together, and defaults may stand inside one another 8 times.",
    remedy: "Write the values into the file.",
  },
  "config-set-invalid": {
    title: "A --set cannot be applied",
    cause:
      "`--set` takes `path=value`. The path has dots between names and may have indexes, as in `pipelines.metrics.exporters[0]`; an index may be at most one past the end of the list. `\\.`, `\\[` and `\\=` stand for the character itself. The value is YAML.",
    remedy: "Correct the path. Put the whole argument in quotes, as shells change brackets and spaces.",
  },
  "config-too-many-problems": {
    title: "There are more problems than are shown",
    cause: "Only the first 100 problems are shown. Often most of them have one cause.",
    remedy: "Correct those that are shown and check again.",
  },
  "config-telemetry-ignored": {
    title: "A setting of the collector's telemetry is ignored",
    cause:
      "A config of the OpenTelemetry Collector is accepted as it is. Of `service.telemetry`, the level and the address of metrics and the level and the encoding of logs are used; the rest describes exporters and samplers of the collector's own, which do not exist here.",
    remedy:
      "Nothing has to be done. To be rid of the warning, remove the setting and use the top-level block `telemetry`.",
  },
  "component-id-invalid": {
    title: "A component ID is not valid",
    cause:
      "A component ID is `type` or `type/name`. The type begins with a letter and holds letters, digits and underscores; the name must not be empty or hold white space.",
    remedy: "Write, for example, `otlp` or `otlp/backup`.",
  },
  "component-id-ambiguous": {
    title: "Two components have one ID",
    cause:
      "A pipeline names an ID that both a connector and a receiver or exporter have, so that it is not clear which is meant.",
    remedy: "Add a name to one of them: `forward/logs`.",
  },
  "component-unused": {
    title: "A component is in no pipeline",
    cause:
      "The component is defined and checked, and it does not start, since no pipeline names it. This is a warning.",
    remedy: "Add it to a pipeline, or remove it.",
  },
  "extension-not-listed": {
    title: "An extension does not start",
    cause:
      "The config lists the extensions to start under `service.extensions`, or has the collector's form, in which only listed ones start, and this one is not in the list. This is a warning.",
    remedy: "Add it to `service.extensions`, or remove it.",
  },
  "config-address-collision": {
    title: "Two listeners have one address",
    cause:
      "Two components, or two protocols of one, are to listen on the same port of one address, or one of them on all addresses, or on the same Unix socket. The system lets only one of them. It is a warning where one of them has `startup: retry` or `startup: degrade`, as the rest then runs without it.",
    remedy: "Set one of them to another port. The message names both places.",
  },
  "plugin-check-failed": {
    title: "A plugin could not check its options",
    cause: "The schema of the plugin threw an error instead of reporting a problem. That is a fault of the plugin.",
    remedy: "Report it to the authors of the plugin, with the block of options it was given.",
  },
  "plugin-load-failed": {
    title: "A plugin could not be loaded",
    cause: "The package was found, and loading it threw an error, which the message repeats.",
    remedy: "Install it again. Check that it supports this version of Node.js and of @tracecore/core.",
  },
  "plugin-wrong-kind": {
    title: "A package holds another kind of component",
    cause:
      "The package that the config names for this type is a plugin of another kind, for example an exporter under `receivers`.",
    remedy: "Move the block to the section that the message names, or correct the block `plugins`.",
  },
  "pipeline-none": {
    title: "There is no pipeline",
    cause: "Receivers and exporters do nothing until a pipeline joins them.",
    remedy:
      "Add `pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }`, with the names of your components.",
  },
  "pipeline-id-invalid": {
    title: "A pipeline ID is not valid",
    cause:
      "A pipeline is called after its signal, `traces`, `metrics` or `logs`, and may have a name as in `metrics/host`.",
    remedy: "Correct the signal, or the name after the slash.",
  },
  "pipeline-without-receivers": {
    title: "A pipeline has no receivers",
    cause: "Nothing would bring data into the pipeline.",
    remedy: "Add at least one receiver, or a connector that another pipeline exports to.",
  },
  "pipeline-without-exporters": {
    title: "A pipeline has no exporters",
    cause: "The data of the pipeline would go nowhere.",
    remedy: "Add at least one exporter, or a connector that another pipeline receives from.",
  },
  "pipeline-unknown-component": {
    title: "A pipeline names a component that is not defined",
    cause: "The ID is misspelt, or the component is not defined in its section. The message lists those that are.",
    remedy:
      "Correct the ID, or define the component; an empty block is enough where no option is required: `debug: {}`.",
  },
  "pipeline-wrong-list": {
    title: "A component stands in the wrong list",
    cause: "The ID is defined, as another kind of component than this list takes.",
    remedy: "Move it to the list of its kind.",
  },
  "pipeline-duplicate-component": {
    title: "A component stands in a list twice",
    cause: "Each receiver, processor or exporter can be in a pipeline once; twice would double the data or the work.",
    remedy: "Remove one. To run a processor twice, define it twice, as `attributes/a` and `attributes/b`.",
  },
  "pipeline-signal-not-supported": {
    title: "A component does not support the signal of the pipeline",
    cause: "Each component supports some of traces, metrics and logs. `tracecore components` shows which.",
    remedy: "Move the component to a pipeline of a signal that it supports.",
  },
  "pipeline-cycle": {
    title: "Pipelines form a circle",
    cause:
      "Connectors lead from one pipeline to the next, and here back to the first, so that data would never leave. The message shows the way, beginning and ending at the same connector.",
    remedy: "Take one of the connectors out of the exporters of a pipeline on the way.",
  },
  "connector-one-sided": {
    title: "A connector is used on one side only",
    cause:
      "A connector is an exporter of one pipeline and a receiver of another. With one side only, its data comes from nowhere or is lost.",
    remedy: "Add it to the other pipeline as well.",
  },
  "connector-route-not-supported": {
    title: "A connector cannot join these signals",
    cause: "Each connector leads from some signals to some signals, and the pipelines that use it are of others.",
    remedy: "Use it between pipelines of the signals that the message names.",
  },
};
