/** OpenAI's JavaScript SDK: recordings. Prints one JSON object with what each request returned. */
import { createReadStream } from "node:fs";
import OpenAI, { AzureOpenAI, toFile } from "openai";

const [origin, path, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
const create = (options) => client.audio.transcriptions.create({ file: createReadStream(path), ...options });

const deltas = [];
for await (const event of await create({ model: "gpt-4o-transcribe", stream: true })) {
  if (event.type === "transcript.text.delta") deltas.push(event.delta);
}
const azure = new AzureOpenAI({ endpoint: origin, apiKey: key, apiVersion: "2025-03-01-preview", maxRetries: 0 });

const results = {
  json: await create({ model: "gpt-4o-transcribe", language: "zh-CN", include: ["logprobs"], timestamp_granularities: ["word"] }),
  verbose: await create({ model: "whisper-1", response_format: "verbose_json", timestamp_granularities: ["word", "segment"] }),
  hints: await create({ model: "gpt-transcribe", languages: ["en-US", "zh"], keywords: ["王小明"], prompt: "会议" }),
  buffer: await create({ model: "whisper-1", file: await toFile(createReadStream(path), "录音.flac"), temperature: 0.1 }),
  stream: deltas.join(""),
  azure: await azure.audio.transcriptions.create({ model: "whisper-1", file: createReadStream(path) }),
  models: (await client.models.list()).data.map((model) => model.id),
  model: (await client.models.retrieve("whisper-1")).id,
};
console.log(JSON.stringify(results));
