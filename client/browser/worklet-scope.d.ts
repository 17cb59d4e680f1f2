// Globals of the audio worklet, which lib.dom does not declare.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: any }) => AudioWorkletProcessor,
): void;
