/** What the page says, in English and in Chinese. */

const ENGLISH = {
  start: "Start",
  stop: "Stop",
  mute: "Mute",
  controls: "Recording",
  level: "Input level",
  microphone: "Microphone",
  standard: "Standard microphone",
  unnamed: "Microphone {number}",
  language: "Spoken language",
  detected: "Detected",
  choose: "Open a recording…",
  key: "This server wants a key",
  useKey: "Use it",
  progress: "How much of the file is sent",
  transcript: "Transcript",
  exports: "What to do with the transcript",
  copy: "Copy",
  copied: "Copied.",
  clear: "Clear",
  hint: "Press Start and speak, or drop a recording anywhere on this page.",
  entities: "Names and figures",
  noEntities: "Nothing yet.",
  entitiesOff: "This server looks for none.",
  times: "{count} times",
  "label.PERSON": "People",
  "label.ORGANIZATION": "Organisations",
  "label.LOCATION": "Places",
  "label.DATE": "Dates",
  "label.TIME": "Times",
  "label.DURATION": "Durations",
  "label.FREQUENCY": "How often",
  "label.MONEY": "Money",
  "label.PERCENT": "Percentages",
  "label.QUANTITY": "Quantities",
  "label.CARDINAL": "Numbers",
  "label.ORDINAL": "Ordinals",
  "label.TERM": "Terms",
  spoken: "Spoken",
  behind: "Text is behind by",
  model: "Model",
  version: "Version",
  drop: "Drop the recording here",
  "state.loading": "The server is getting ready…",
  "state.unreachable": "The server does not answer. Trying again…",
  "state.locked": "A key is needed",
  "state.ready": "Ready",
  "state.connecting": "Connecting…",
  "state.open": "Listening",
  "state.lost": "Connection lost. Connecting again; nothing is lost…",
  "state.finishing": "Waiting for the last words…",
  "state.failed": "Stopped",
  "microphone.denied": "The browser does not let this page use the microphone: allow it beside the address, then press Start.",
  "microphone.absent": "No microphone was found: plug one in, then press Start.",
  "microphone.busy": "The microphone cannot be used: another program may hold it.",
  "microphone.insecure": "Browsers give pages a microphone only over https, or on this machine itself (localhost).",
  "microphone.lost": "The microphone is gone: was it unplugged? What was said before is kept.",
  "session.unauthorized": "The server does not know this key.",
  "session.unreachable": "The server does not answer: is it running?",
  "session.overloaded": "The server has no room: try again in a moment.",
  "session.taken_over": "This session goes on in another window.",
  "lost": "The server has been away for too long: {seconds} s of speech could not be kept.",
  "recording.unreadable": "{name} is not a recording that this browser can read.",
  "recording.large": "{name} is too large for a browser to decode: theresa replay can send it.",
  "notCopied": "The browser did not let the page copy: select the text and copy it yourself.",
};

const CHINESE = {
  start: "开始",
  stop: "停止",
  mute: "静音",
  controls: "录音",
  level: "输入音量",
  microphone: "麦克风",
  standard: "默认麦克风",
  unnamed: "麦克风 {number}",
  language: "所说语言",
  detected: "自动识别",
  choose: "打开录音……",
  key: "此服务器需要密钥",
  useKey: "使用",
  progress: "文件已发送的部分",
  transcript: "转写文本",
  exports: "处理转写文本",
  copy: "复制",
  copied: "已复制。",
  clear: "清空",
  hint: "点击“开始”后说话，或将录音文件拖放到本页任意位置。",
  entities: "名称与数字",
  noEntities: "暂无。",
  entitiesOff: "此服务器不识别实体。",
  times: "{count} 次",
  "label.PERSON": "人物",
  "label.ORGANIZATION": "机构",
  "label.LOCATION": "地点",
  "label.DATE": "日期",
  "label.TIME": "时间",
  "label.DURATION": "时长",
  "label.FREQUENCY": "频率",
  "label.MONEY": "金额",
  "label.PERCENT": "百分比",
  "label.QUANTITY": "数量",
  "label.CARDINAL": "数字",
  "label.ORDINAL": "序数",
  "label.TERM": "术语",
  spoken: "已说",
  behind: "文本延迟",
  model: "模型",
  version: "版本",
  drop: "将录音文件放在这里",
  "state.loading": "服务器正在准备……",
  "state.unreachable": "服务器没有响应，正在重试……",
  "state.locked": "需要密钥",
  "state.ready": "就绪",
  "state.connecting": "正在连接……",
  "state.open": "正在聆听",
  "state.lost": "连接中断，正在重新连接，内容不会丢失……",
  "state.finishing": "正在等待最后的文字……",
  "state.failed": "已停止",
  "microphone.denied": "浏览器不允许本页使用麦克风：请在地址栏旁允许，然后点击“开始”。",
  "microphone.absent": "未找到麦克风：请接入麦克风，然后点击“开始”。",
  "microphone.busy": "无法使用麦克风：可能正被其他程序占用。",
  "microphone.insecure": "浏览器只允许 https 或本机（localhost）页面使用麦克风。",
  "microphone.lost": "麦克风已断开：是否被拔出？此前所说的内容已保留。",
  "session.unauthorized": "服务器不认识此密钥。",
  "session.unreachable": "服务器没有响应：它在运行吗？",
  "session.overloaded": "服务器已满：请稍后再试。",
  "session.taken_over": "此会话已在另一个窗口继续。",
  "lost": "服务器离线过久：有 {seconds} 秒语音未能保留。",
  "recording.unreadable": "此浏览器无法读取录音文件 {name}。",
  "recording.large": "文件 {name} 过大，浏览器无法解码：可使用 theresa replay 发送。",
  "notCopied": "浏览器不允许复制：请自行选择文本并复制。",
};

export const TONGUES = { en: ENGLISH, zh: CHINESE };

/** The languages of this page by their codes. @typedef {keyof typeof TONGUES} Tongue */
/** @typedef {keyof typeof ENGLISH} Key */

const KEPT_AS = "theresa.interface";

/** The page's texts in the language of its reader. */
export class Words {
  /** @type {Tongue} */
  tongue = /^zh/i.test(localStorage.getItem(KEPT_AS) ?? navigator.language) ? "zh" : "en";

  /** Go over to the other language, and keep to it. */
  toggle() {
    this.tongue = this.other;
    localStorage.setItem(KEPT_AS, this.tongue);
  }

  /** The language that the page is not in. @returns {Tongue} */
  get other() {
    return this.tongue === "zh" ? "en" : "zh";
  }

  /**
   * A text, with `{name}` replaced by its value.
   * @param {Key} key
   * @param {Record<string, string | number>} [values]
   */
  say(key, values = {}) {
    return TONGUES[this.tongue][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /**
   * What an error says to a person: in the page's language where it is known, else as it came.
   * @param {{ name: string, code: string, message: string, file?: string }} error
   */
  explain({ name, code, message, file = "" }) {
    const kind = { MicrophoneError: "microphone", SessionError: "session", RecordingError: "recording" }[name];
    const key = /** @type {Key} */ (`${kind}.${code}`);
    return key in ENGLISH ? this.say(key, { name: file }) : message;
  }

  /** What entities of a label are called; a server may have labels of its own. @param {string} label */
  kind(label) {
    const key = /** @type {Key} */ (`label.${label}`);
    return key in ENGLISH ? this.say(key) : label;
  }

  /** What a language is called. @param {string} code */
  nameOf(code) {
    try {
      return new Intl.DisplayNames([this.tongue], { type: "language" }).of(code) ?? code;
    } catch {
      return code;
    }
  }

  /** Put the texts into the elements that carry their names. @param {Document} document */
  fill(document) {
    document.documentElement.lang = this.tongue === "zh" ? "zh-Hans" : "en";
    for (const element of document.querySelectorAll("[data-text]")) {
      element.textContent = this.say(/** @type {Key} */ (element.getAttribute("data-text")));
    }
    for (const element of document.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.say(/** @type {Key} */ (element.getAttribute("data-label"))));
    }
  }
}
