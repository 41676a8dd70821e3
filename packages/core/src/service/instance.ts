import type { Clock } from "../clock/clock.ts";
import type { Signal } from "../component-id.ts";
import { ConsumeError, type Batch, type Consumer, type NextConsumers } from "../consumer.ts";
import type { ComponentFactory, SinkComponent, SourceComponent } from "../factory.ts";
import type { Scope } from "../pdata/scope.ts";
import type { CreateSettings } from "../settings.ts";
import type { FaultHandler } from "./faults.ts";
import type { Outlet } from "./outlet.ts";

/** One instance of a component, from its create call until it has stopped. */
export interface Instance extends FaultHandler {
  /** False once it has stopped or is left behind: what it still does is not the component's doing any more. */
  alive: boolean;
  readonly component: SourceComponent | SinkComponent;
}

/** What an instance is made of, and who hears of it. */
export interface InstanceParts {
  readonly key: string;
  readonly factory: ComponentFactory;
  readonly config: unknown;
  readonly settings: CreateSettings;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly outlets: Readonly<Record<Signal, Outlet>>;
  readonly dropped: (items: number) => void;
  readonly consumeTimeoutMs: number;
  readonly fault: (error: unknown) => void;
  /** A fault of one that is not alive: it must not restart the one after it. */
  readonly lateFault: (error: unknown) => void;
}

/** Calls the factory. */
export function createInstance(parts: InstanceParts): Instance {
  const { key, factory, config, settings, clock, scope, outlets, dropped, consumeTimeoutMs, fault, lateFault } = parts;
  const instance = {
    alive: true,
    fault: (error: unknown): void => (instance.alive ? fault(error) : lateFault(error)),
  };
  /** Sends for this instance only: what one that has stopped still sends is not taken, as nobody would count it. */
  const gate = (outlet: Outlet): Consumer<Batch> => ({
    consume: (batch, signal) =>
      instance.alive
        ? outlet.consume(batch, signal)
        : Promise.reject(new ConsumeError(`${key} has stopped: nobody takes its data`, { retryable: false })),
  });
  const options = { clock, scope, dropped, consumeTimeoutMs };
  const next: NextConsumers = {
    metrics: gate(outlets.metrics),
    logs: gate(outlets.logs),
    traces: gate(outlets.traces),
    wired: (signal) => outlets[signal].edges.length > 0,
    dropped,
  };
  const make = (): SourceComponent | SinkComponent => {
    switch (factory.kind) {
      case "receiver":
      case "processor":
      case "connector":
        return factory.create(settings, config, next, options);
      case "exporter":
      case "extension":
        return factory.create(settings, config, options);
    }
  };
  return Object.assign(instance, { component: make() });
}
