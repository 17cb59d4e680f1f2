/** OpenAI's JavaScript SDK: the Realtime API. Prints the transcript of 16-bit PCM at 24 kHz, and the deltas. */
import { readFile } from "node:fs/promises";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

const [origin, path, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key });
const realtime = new OpenAIRealtimeWS({ model: "gpt-4o-transcribe" }, client);
const failed = (error) => {
  console.error(error.message);
  process.exit(1);
};
realtime.on("error", failed);

const deltas = [];
realtime.on("conversation.item.input_audio_transcription.delta", (event) => deltas.push(event.delta));
realtime.on("conversation.item.input_audio_transcription.completed", (event) => {
  console.log(JSON.stringify({ transcript: event.transcript, deltas: deltas.join(""), languages: event.languages }));
  realtime.close();
});
realtime.on("session.created", () => {
  const transcription = { model: "gpt-4o-transcribe", language: "zh-CN" };
  const input = { format: { type: "audio/pcm", rate: 24000 }, transcription, turn_detection: null };
  realtime.send({ type: "session.update", session: { type: "transcription", audio: { input } } });
});
realtime.on("session.updated", async () => {
  const pcm = await readFile(path);
  for (let at = 0; at < pcm.length; at += 24_000) {
    realtime.send({ type: "input_audio_buffer.append", audio: pcm.subarray(at, at + 24_000).toString("base64") });
  }
  realtime.send({ type: "input_audio_buffer.commit" });
});
