import type { Clock } from "../clock/clock.ts";
import type { ComponentKind, Signal } from "../component-id.ts";
import type { Component } from "../component.ts";
import {
  createStatusMachine,
  type Status,
  type StatusEvent,
  type StatusMachine,
  type StatusReporter,
} from "../componentstatus/componentstatus.ts";
import { ConsumeError, type Batch, type Consumer } from "../consumer.ts";
import { messageOf, TracecoreError } from "../errors.ts";
import { LossReport } from "../delivery/loss-report.ts";
import type { ComponentFactory, Sink } from "../factory.ts";
import type { Host } from "../host.ts";
import type { ReloadListener } from "../reload-listener.ts";
import type { ServiceView, ServiceViewer } from "../service-view.ts";
import { keepSeries, type KeptSeries } from "../selftelemetry/kept-series.ts";
import type { ExporterCarrier, ExporterTelemetry } from "../selftelemetry/producer.ts";
import type { CreateSettings } from "../settings.ts";
import { scope as makeScope } from "../pdata/scope.ts";
import { GRACE_MS, within } from "./deadline.ts";
import { runAs, type FaultHandler } from "./faults.ts";
import { createInstance, type Instance } from "./instance.ts";
import type { InFlight } from "./in-flight.ts";
import { Outlet, type Totals } from "./outlet.ts";
import type { RestartPolicy } from "./supervisor.ts";
import { Supervisor } from "./supervisor.ts";

export type StartupPolicy = "fail" | "retry" | "degrade";

/** What the runtime needs to make and keep one component. */
export interface NodeSpec {
  /** Unique in the graph, and what people read: `receiver "clock"`, `processor "batch" of pipeline "metrics"`. */
  readonly key: string;
  readonly kind: ComponentKind;
  readonly id: string;
  /** Equal for components that need no restart. */
  readonly fingerprint: string;
  readonly factory: ComponentFactory;
  readonly packageName: string;
  readonly version: string;
  readonly config: unknown;
  readonly startup: StartupPolicy;
  /** `file:line:col` of its block, when there is one. */
  readonly place: string | undefined;
}

/** What every node of a service shares. */
export interface NodeEnvironment {
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly restart: RestartPolicy;
  /** Whether edges count bytes beside items. */
  readonly countBytes: boolean;
  /** Aborts when the process is told to stop while components still start. */
  readonly stopStarting: AbortSignal;
  settings(spec: NodeSpec): CreateSettings;
  extensions(): ReadonlyMap<string, Component>;
  /** What an extension may see of the service. */
  readonly view: ServiceView;
  statusChanged(node: ComponentNode, event: StatusEvent): void;
  restarted(node: ComponentNode): void;
}

/** One component of the running graph, through restarts and reloads. */
export class ComponentNode {
  readonly spec: NodeSpec;
  readonly outlets: Readonly<Record<Signal, Outlet>> = {
    metrics: new Outlet(),
    logs: new Outlet(),
    traces: new Outlet(),
  };
  /** Items that the component was refused and gave up on, or had taken and lost. */
  #droppedItems = 0;
  /** Set once it is out of the graph: what it drops late goes here. */
  #totals: Totals | undefined;
  readonly #env: NodeEnvironment;
  readonly #settings: CreateSettings;
  readonly #supervisor: Supervisor;
  /** Of what it did not take while other branches did. */
  readonly #losses: LossReport;
  #machine: StatusMachine;
  #instance: Instance | undefined;
  /** The same, and still there while it stops. */
  #last: Instance | undefined;
  #sink: Sink | undefined;
  #series: KeptSeries | undefined;
  /** What the last instance reports of itself with. */
  #reporter: ExporterTelemetry | undefined;
  #stopping = false;
  #starting: Promise<void> = Promise.resolve();
  /** Ends the start call that is under way with an error. */
  #failStart: ((error: unknown) => void) | undefined;
  #calls = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(spec: NodeSpec, env: NodeEnvironment) {
    this.spec = spec;
    this.#env = env;
    this.#settings = env.settings(spec);
    this.#losses = new LossReport(this.#settings.telemetry.logger, env.clock);
    this.#machine = this.#newMachine();
    this.#supervisor = new Supervisor(env.clock, env.restart, () => this.#again());
  }

  get key(): string {
    return this.spec.key;
  }

  get status(): Status {
    return this.#machine.current;
  }

  get error(): unknown {
    return this.#machine.error;
  }

  get component(): Component | undefined {
    return this.#instance?.component;
  }

  /** What `start` of the plugin gave back; undefined while it is not running. */
  get running(): AsyncDisposable | undefined {
    return this.#sink;
  }

  /** What an exporter reports of itself with, also while it does not run. */
  get exporterTelemetry(): readonly ExporterTelemetry[] {
    return [this.#reporter, this.#series?.missedCalls].filter((reporter) => reporter !== undefined);
  }

  /**
   * Starts it. Throws when it cannot and its `startup` is `fail`; else it is degraded, and with `retry` goes on trying.
   */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    try {
      await this.#startOnce();
    } catch (error) {
      if (this.spec.startup === "fail") {
        this.#machine.move({ status: "permanent_error", error });
        throw error;
      }
      const retrying = this.spec.startup === "retry";
      this.#machine.move({ status: retrying ? "recoverable_error" : "permanent_error", error });
      this.#settings.telemetry.logger.warn(messageOf(error), { startup: this.spec.startup });
      if (retrying && !this.#stopping) this.#supervisor.schedule();
    }
  }

  /** Lets the calls that it is in finish and stops it, within the stop timeout each or until `hardStop` aborts. Never throws. */
  async stop(hardStop: AbortSignal): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#failStart?.(new TracecoreError("start-interrupted", "it was told to stop while it started"));
    await this.#starting.catch(() => {}); // start() has told of it.
    await this.#supervisor[Symbol.asyncDispose]();
    if (this.#calls > 0) {
      this.#idle = Promise.withResolvers();
      await within(this.#env.clock, this.#env.stopTimeoutMs, this.#idle.promise, () => {}, hardStop);
    }
    await this.#stopInstance(hardStop);
    this.#losses.end();
  }

  /** Tells a component that stays through a reload that there was one. What it throws is logged. */
  async reloaded(): Promise<void> {
    const listener = this.#sink as Partial<ReloadListener> | undefined;
    try {
      await runAs(this.#last ?? deaf, async () => listener?.configReloaded?.());
    } catch (error) {
      this.#settings.telemetry.logger.error(`${this.key} could not take part in the reload: ${messageOf(error)}`);
    }
  }

  /** Adds what it dropped to `totals`, once, and from now on what it drops late. */
  retireInto(totals: Totals): void {
    if (this.#totals !== undefined) return;
    this.#totals = totals;
    this.#addDropped(totals, this.#droppedItems);
  }

  #dropped(items: number): void {
    if (!(items > 0)) return; // NaN as well: one of them would spoil every sum.
    this.#droppedItems += items;
    if (this.#totals !== undefined) this.#addDropped(this.#totals, items);
  }

  #addDropped(totals: Totals, items: number): void {
    totals.dropped += items;
    // An exporter that lost items had taken them before.
    if (this.spec.kind === "exporter") totals.delivered -= items;
  }

  /** A throw that nobody waited for: the component is marked and started anew after a pause. */
  #fault(error: unknown): void {
    if (this.#stopping) {
      this.#settings.telemetry.logger.warn(`${this.key} failed while it stopped: ${messageOf(error)}`);
      return;
    }
    if (this.#failStart !== undefined) {
      this.#failStart(error); // The start call is still awaited; it ends with this error.
      return;
    }
    this.#settings.telemetry.logger.error(`${this.key} failed and is started anew: ${messageOf(error)}`);
    this.#machine.move({ status: "recoverable_error", error });
    this.#supervisor.schedule();
  }

  /** A batch that it did not take, and that is lost for it alone since another branch took it. */
  lostAlone(from: string, items: number, error: unknown): void {
    const what = `${this.key} did not take data of ${from}, which is lost here`;
    this.#losses.lost(items, `${what}; other branches took it: ${messageOf(error)}`);
  }

  /** Hands a batch to the component. Its faults stay its own: they come back as errors of this call. */
  async consume(signal: Signal, batch: Batch, abort: AbortSignal): Promise<void> {
    const consumer: Consumer<Batch> | undefined = this.#sink?.[signal];
    if (consumer === undefined) {
      if (this.#sink === undefined) this.#series?.missedCalls?.incCallFailure("init");
      const why = this.#sink === undefined ? `is not running (${this.status})` : `takes no ${signal}`;
      throw new ConsumeError(`${this.key} ${why}`, { retryable: this.#sink === undefined, cause: this.error });
    }
    this.#calls++;
    try {
      await this.#env.inFlight.bound(
        this.key,
        runAs(this.#last ?? deaf, async () => consumer.consume(batch, abort)),
      );
    } finally {
      this.#calls--;
      if (this.#calls === 0) this.#idle?.resolve();
    }
  }

  #newMachine(): StatusMachine {
    return createStatusMachine((event) => this.#env.statusChanged(this, event));
  }

  async #startOnce(): Promise<void> {
    const { spec } = this;
    if (this.#machine.current !== "none") this.#machine = this.#newMachine();
    const machine = this.#machine;
    machine.move({ status: "starting" });
    const { view } = this.#env;
    const viewer: Partial<ServiceViewer> = spec.kind === "extension" ? { serviceView: () => view } : {};
    const host: Host & StatusReporter = {
      ...viewer,
      getExtensions: () => this.#env.extensions(),
      reportComponentStatus: (event) => {
        machine.move(event);
        if (event.status !== "fatal_error" || machine !== this.#machine) return;
        if (this.#failStart === undefined) this.#supervisor.schedule();
        else this.#failStart(event.error ?? new Error("it reported a fatal error"));
      },
    };
    // What the create call itself leaves behind, before there is an instance, is put down to the one that it makes.
    const born: FaultHandler = {
      fault: (error) => (instance === undefined ? this.#fault(error) : instance.fault(error)),
    };
    let instance: Instance | undefined;
    await runAs(born, async () => {
      const failed = Promise.withResolvers<never>();
      this.#failStart = failed.reject;
      try {
        instance = this.#create();
        const { component } = instance;
        this.#series ??= keepSeries(this.#settings.telemetry.meterProvider, spec.kind, spec.id);
        this.#reporter = (component as Partial<ExporterCarrier>).selfExporter?.();
        await within(
          this.#env.clock,
          this.#env.startTimeoutMs,
          Promise.race([component.start(host), failed.promise]),
          () => {
            throw this.#env.stopStarting.aborted
              ? new TracecoreError("start-interrupted", "it was told to stop while it started")
              : new TracecoreError("start-timeout", `it did not start within ${this.#env.startTimeoutMs} ms`);
          },
          this.#env.stopStarting,
        );
        this.#sink = component.running();
        const { selfExporter } = this.#sink as Partial<ExporterCarrier>;
        if (selfExporter !== undefined) this.#reporter = selfExporter.call(this.#sink);
        this.#instance = this.#last = instance;
      } catch (error) {
        this.#sink = undefined;
        this.#series?.startFailed();
        const timedOut = new AbortController();
        timedOut.abort(error);
        if (instance !== undefined) {
          instance.alive = false;
          // A late start is disposed when it comes; nobody waits for that.
          instance.component.shutdown(timedOut.signal).catch((later: unknown) => this.#lateFailure(later));
        }
        throw new TracecoreError(
          "start-failed",
          `cannot start ${spec.key}${spec.place === undefined ? "" : ` (${spec.place})`}`,
          {
            cause: error,
          },
        );
      } finally {
        this.#failStart = undefined;
      }
    });
    this.#series?.started();
    if (machine.current === "starting") machine.move({ status: "ok" });
    this.#supervisor.started();
  }

  #create(): Instance {
    const { factory, config, packageName, version } = this.spec;
    return createInstance({
      key: this.key,
      factory,
      config,
      settings: this.#settings,
      clock: this.#env.clock,
      scope: makeScope({ name: packageName, version }),
      outlets: this.outlets,
      dropped: (items) => this.#dropped(items),
      consumeTimeoutMs: this.#env.inFlight.timeoutMs,
      fault: (error) => this.#fault(error),
      lateFault: (error) =>
        this.#settings.telemetry.logger.warn(`${this.key} failed after it had stopped: ${messageOf(error)}`),
    });
  }

  /** Called by the supervisor when the pause is over. */
  async #again(): Promise<void> {
    const noHurry = new AbortController();
    await this.#stopInstance(noHurry.signal);
    if (this.#stopping) return;
    this.#env.restarted(this);
    try {
      await this.#startOnce();
      this.#settings.telemetry.logger.info(`${this.key} runs again`);
    } catch (error) {
      this.#machine.move({ status: "recoverable_error", error });
      this.#settings.telemetry.logger.warn(messageOf(error));
      this.#supervisor.schedule();
    }
  }

  async #stopInstance(hardStop: AbortSignal): Promise<void> {
    const instance = this.#instance;
    if (instance === undefined) return;
    this.#instance = undefined;
    this.#machine.move({ status: "stopping" });
    const timeUp = new AbortController();
    const stopNow = (): void => timeUp.abort(hardStop.reason);
    if (hardStop.aborted) stopNow();
    else hardStop.addEventListener("abort", stopNow, { once: true });
    try {
      const done = runAs(instance, () => instance.component.shutdown(timeUp.signal));
      // What uses up its time, and obeys the signal then, has stopped in time.
      const { clock, stopTimeoutMs } = this.#env;
      const graceMs = Math.min(GRACE_MS, stopTimeoutMs / 10);
      await within(
        clock,
        stopTimeoutMs - graceMs,
        done,
        () => timeUp.abort(new Error("the time to stop is up")),
        hardStop,
      );
      if (timeUp.signal.aborted) {
        await within(clock, hardStop.aborted ? 0 : graceMs, done, () =>
          this.#settings.telemetry.logger.error(
            `${this.key} did not stop within ${stopTimeoutMs} ms and is left behind`,
          ),
        );
      }
    } catch (error) {
      this.#lateFailure(error);
    } finally {
      hardStop.removeEventListener("abort", stopNow);
      this.#sink = undefined;
      instance.alive = false;
    }
    this.#machine.move({ status: "stopped" });
  }

  #lateFailure(error: unknown): void {
    this.#settings.telemetry.logger.warn(`${this.key} failed while it stopped: ${messageOf(error)}`);
  }
}

/** Gets the faults of a component that has no instance: there is none. */
const deaf: FaultHandler = { fault: () => {} };
