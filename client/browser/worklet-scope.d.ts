// What lives on the audio thread, beside what lib.dom declares.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: any }) => AudioWorkletProcessor,
): void;
