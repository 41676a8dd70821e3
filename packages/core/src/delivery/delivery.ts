/** Entry of `@tracecore/core/delivery`: queue, batching and retries for exporters that send over a network. */
export { BackOff } from "./back-off.ts";
export { compressBody, type Compression } from "./compress-body.ts";
export {
  deliveryOptions,
  type BatchConfig,
  type DeliveryConfig,
  type QueueConfig,
  type RetryConfig,
  type Sizer,
} from "./delivery-config.ts";
export { deliveryTable } from "./delivery-instruments.ts";
export { hideSecrets } from "./hide-secrets.ts";
export { fixedHeaders, requestOptions, type RequestConfig } from "./request-options.ts";
export { startDelivery } from "./start-delivery.ts";
export type { Delivery, Sender } from "./sender.ts";
export type { Sized } from "./sending-queue.ts";
export { WaitingLine, type Wait } from "./waiting-line.ts";
export {
  grpcCodes,
  grpcResponseClass,
  httpResponseClass,
  type ResponseClass,
  type SendFailure,
  type SendResult,
} from "./send-result.ts";
