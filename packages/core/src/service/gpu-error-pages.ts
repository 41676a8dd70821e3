import type { ErrorPage } from "./config/load-config.ts";

const doctor = "`tracecore doctor` on the node tries each part and says what to do.";

/** Errors of the GPU receiver. */
export const gpuErrorPages: Readonly<Record<string, ErrorPage>> = {
  "dcgm-library-not-found": {
    title: "libdcgm was not found",
    cause: "Neither libdcgm.so.4 nor libdcgm.so.3 lies where the receiver looks; the message names the folders.",
    remedy: `Install datacenter-gpu-manager-4-core, or set \`library\` to the file or its folder. ${doctor}`,
  },
  "dcgm-library-unusable": {
    title: "libdcgm cannot be used",
    cause: "The library lacks a call, or is of a version whose structures are not known here.",
    remedy: "Install DCGM 3.1 or later, and set `library` when there are several.",
  },
  "dcgm-version-skew": {
    title: "libdcgm is newer than the host engine can understand",
    cause: "Between some versions the library asks in a way that an older engine does not know.",
    remedy: "Update the host engine, or set `library` to the libdcgm of the engine's version.",
  },
  "dcgm-connect-failed": {
    title: "The host engine does not answer",
    cause: "Nothing listens at `endpoint`, or what listens does not answer as an engine does.",
    remedy: `Start nv-hostengine, or correct \`endpoint\`. The receiver connects by itself when it is there. ${doctor}`,
  },
  "dcgm-connection-lost": {
    title: "The host engine is gone",
    cause: "It was restarted, killed, or the network between is cut.",
    remedy: "Nothing, if it comes back: the receiver connects again and watches everything anew.",
  },
  "dcgm-timeout": {
    title: "A call into libdcgm has not come back",
    cause: "The engine, the driver or the firmware of a GPU hangs. The session was given up after `call_timeout`.",
    remedy: "Look at the log of nv-hostengine and at dmesg. A GPU whose firmware hangs needs a reset or a reboot.",
  },
  "dcgm-child-ended": {
    title: "The process that held the engine has ended",
    cause:
      "It crashed or was killed, for example by the kernel for memory. The collector goes on and starts another one.",
    remedy: "If it happens again and again, run nv-hostengine as a service and use `mode: standalone`.",
  },
  "dcgm-call-failed": {
    title: "The host engine refused a call",
    cause: "The message names the call and the engine's status.",
    remedy: `The rest goes on, and the call is tried again. ${doctor}`,
  },
  "dcgm-no-gpus": {
    title: "The host engine sees no GPU",
    cause: "The driver is not loaded, or the engine may not open /dev/nvidia*.",
    remedy: "Run nvidia-smi where the engine runs. In a container check the runtime and NVIDIA_VISIBLE_DEVICES.",
  },
  "dcgm-values-missing": {
    title: "Some values could not be read",
    cause: "Samples are older than three intervals, or the engine says that they are in error.",
    remedy: "`tracecore_dcgm_values_dropped_total` says which fields and why, `hw_status` which GPU.",
  },
  "dcgm-no-permission": {
    title: "The host engine may not read some values",
    cause: "The driver keeps them to administrators, and the engine is none.",
    remedy: "Run the engine as root or with CAP_SYS_ADMIN, or set NVreg_RestrictProfilingToAdminUsers=0.",
  },
  "dcgm-profiling-in-use": {
    title: "Another profiler has the performance counters",
    cause: "Nsight, CUPTI or another DCGM uses them; only one can.",
    remedy: "Wait for its end. To give the counters up on purpose: `profiling: pause`, or the control port.",
  },
  "dcgm-profiling-zero": {
    title: "Profiling values are all zero on a busy GPU",
    cause: "The counters were lost, often after an XID. Zeros would be a lie, so they are left out.",
    remedy: "The receiver sets profiling up anew. If it goes on, restart the host engine.",
  },
  "dcgm-too-many-series": {
    title: "The limit on series is reached",
    cause:
      "Fields, devices and namings together make more series than `max_series`. The same ones are left out each time.",
    remedy: "Choose fewer fields or namings, or raise `max_series`.",
  },
  "dcgm-counters-file": {
    title: "The counters file cannot be used",
    cause: "It cannot be read, or lines of it are wrong; the message names each with its line.",
    remedy: "Correct the lines. Each is a field, a type and a help text, with commas between.",
  },
  "dcgm-kernel-log": {
    title: "The kernel log cannot be read",
    cause: "The process lacks CAP_SYSLOG, or the file is not there.",
    remedy: "Give it the capability, or leave `kernel_log` out: DCGM reports XIDs too.",
  },
};
