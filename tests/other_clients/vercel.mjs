/** Vercel's AI SDK. Prints one JSON object with what each call returned. */
import { readFile } from "node:fs/promises";
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_transcribe as transcribe } from "ai";

const [origin, path, key] = process.argv.slice(2);
const provider = createOpenAI({ baseURL: `${origin}/v1`, apiKey: key });
const audio = await readFile(path);
const call = async (model, openai) => {
  const { text, segments, language, durationInSeconds } = await transcribe({
    model: provider.transcription(model),
    audio,
    providerOptions: { openai },
    maxRetries: 0,
  });
  return { text, segments, language, durationInSeconds };
};

const results = {
  plain: await call("whisper-1", {}),
  newer: await call("gpt-4o-transcribe", { timestampGranularities: ["word"], include: ["logprobs"], language: "zh-CN" }),
  tag: await call("whisper-1", { language: "zh-CN", temperature: 0.1, prompt: "会议" }),
  words: await call("whisper-1", { timestampGranularities: ["word"] }),
  hints: await call("gpt-transcribe", { languages: ["en", "zh-TW"], keywords: ["王小明"] }),
};
console.log(JSON.stringify(results));
