/** Entry of `@tracecore/core/componentstatus`: how components say how they are. */
export { bufferedHost, type BufferedHost } from "./buffered-host.ts";
export {
  reportStatus,
  type Status,
  type StatusEvent,
  type StatusReporter,
  type StatusSource,
  type StatusWatcher,
} from "./status.ts";
export { createStatusMachine, type StatusMachine } from "./status-machine.ts";
