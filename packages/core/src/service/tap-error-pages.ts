import type { ErrorPage } from "./config/load-config.ts";

/** Errors of `tracecore tap` and of the socket behind it. */
export const tapErrorPages: Readonly<Record<string, ErrorPage>> = {
  "tap-unknown-component": {
    title: "The component to look at is not one that runs",
    cause: "No component of the running collector has this ID, or a receiver and an exporter share it.",
    remedy: "Write an ID as the error lists them; with its kind where there are two: `exporter/otlp`.",
  },
  "tap-nothing-flows": {
    title: "No edge of the running collector is the one that was asked for",
    cause:
      "The component has no edge in this direction, of this signal or in this pipeline. Exporters send nothing on.",
    remedy: "Leave out `--signal` or `--pipeline`, or turn `--direction` round.",
  },
  "tap-refused": {
    title: "A collector does not take another tap",
    cause: "As many clients as `runtime.taps.max_clients` allows look at it already, or the request could not be read.",
    remedy: "End one of them, raise the limit, or use the same version of tracecore on both sides.",
  },
  "tap-lost": {
    title: "The collector went away while it was looked at",
    cause: "The connection ended without a word: the process was killed, or it crashed.",
    remedy: "Look at its log, and run the command again when it runs again.",
  },
  "admin-socket-missing": {
    title: "No running collector was found",
    cause:
      "No admin socket lies where collectors of this user have theirs, or nobody answers on it. A collector with `runtime.admin_socket: off` has none.",
    remedy:
      "Start the collector, run the command as the user that the collector runs as, or name the socket with `--admin-socket`.",
  },
  "admin-socket-ambiguous": {
    title: "Several collectors run here",
    cause: "More than one admin socket answers, and the command looks at one collector.",
    remedy: "Name one of the listed sockets with `--admin-socket`.",
  },
  "admin-socket-unusable": {
    title: "The admin socket cannot be used",
    cause:
      "Its folder does not exist or belongs to another user, another process listens on it, or its path is too long.",
    remedy: "Set `runtime.admin_socket` to another path, to `auto`, or to `off`.",
  },
};
