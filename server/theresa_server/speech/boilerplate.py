"""Phrases that Whisper learned from subtitles, and writes where nobody speaks. Pure.

People do say some of them. A phrase is therefore rejected only if another sign casts doubt on it; for courtesies, which
people say all the time, that sign must concern the audio.

Source: reports of users (https://github.com/openai/whisper/discussions/679 and many others), and what Whisper wrote on
the noises of this project.
"""

from theresa_server.speech.units import split_units

_PHRASES = (
    # English
    "Thank you for watching.", "Thanks for watching.", "Thank you so much for watching.",
    "Thank you for listening.", "Thanks for listening.",
    "Thank you for watching and I'll see you in the next video.", "I'll see you in the next video.",
    "I'll see you next time.", "See you next time.", "See you in the next video.", "See you next week.",
    "Please subscribe.", "Please subscribe to my channel.", "Please like and subscribe.",
    "Don't forget to like and subscribe.", "Subscribe to my channel.", "Music", "Applause", "Laughter", "Silence",
    "The end.", "Subtitles by the Amara.org community", "To be continued.",
    # Chinese
    "谢谢大家", "谢谢观看", "谢谢收看", "谢谢收听", "谢谢您的观看", "谢谢大家的观看", "谢谢大家收看", "感谢观看",
    "感谢收看", "感谢收听", "感谢您的观看", "感谢大家的观看", "我们下期再见", "下期再见", "下次再见",
    "我们下次再见", "未完待续", "谢谢你的观看", "请订阅我的频道", "请订阅", "欢迎订阅", "点赞订阅", "请点赞订阅",
    "音乐", "掌声", "謝謝大家", "謝謝觀看", "謝謝收看", "謝謝收聽", "謝謝您的觀看", "謝謝大家的觀看",
    "謝謝大家收看", "感謝觀看", "感謝收看", "感謝收聽", "感謝您的觀看", "感謝大家的觀看", "我們下期再見",
    "下期再見", "下次再見", "我們下次再見", "未完待續", "謝謝你的觀看", "請訂閱我的頻道", "請訂閱", "歡迎訂閱",
    "點贊訂閱", "音樂", "掌聲",
    # Japanese, Korean and others that language detection chooses in noise
    "ご視聴ありがとうございました", "ご清聴ありがとうございました", "最後までご視聴いただきありがとうございました",
    "チャンネル登録お願いします", "시청해주셔서 감사합니다", "구독과 좋아요 부탁드립니다",
    "Sous-titrage Société Radio-Canada", "Sous-titres réalisés par la communauté d'Amara.org",
    "Untertitel der Amara.org-Community", "Untertitelung des ZDF für funk, 2017", "Vielen Dank fürs Zuschauen.",
    "Gracias por ver el video.", "¡Suscríbete!", "Subtítulos realizados por la comunidad de Amara.org",
    "Продолжение следует...", "Спасибо за просмотр!", "Субтитры сделал DimaTorzok",
)  # fmt: skip

_COURTESIES = (
    "Thank you.", "Thank you very much.", "Thank you so much.", "Thanks.", "you", "Bye.", "Bye-bye.", "Yeah.",
    "Oh.", "Okay.", "Hmm.", "Mm-hmm.", "Shh.", "I'm sorry.", "I don't know.", "谢谢", "謝謝", "拜拜", "再见",
    "再見", "完", "嗯", "啊", "好", "好的", "감사합니다", "네", "Vielen Dank.", "Gracias.", "Obrigado.",
    "ありがとうございました", "はい", "うん",
)  # fmt: skip

_BEGINNINGS = (
    "Subtitles by", "Transcribed by", "Transcription by", "Translated by", "Captioned by", "Sous-titrage",
    "Untertitelung", "Subtítulos", "Субтитры", "字幕由", "字幕志愿者", "字幕志願者", "字幕製作", "字幕制作",
    "字幕by", "字幕提供", "请不吝点赞", "請不吝點贊", "優優獨播劇場", "优优独播剧场", "明镜与点点栏目",
    "明鏡與點點欄目",
)  # fmt: skip


def _key(text: str) -> str:
    """Return the words of a text without case, spaces and punctuation, and only once if they repeat."""
    key = "".join(
        "".join(char for char in unit.key if char.isalnum())
        for unit in split_units(text)
        if unit.kind in ("word", "character")
    )
    return key[: (key + key).find(key, 1)]


_KEYS = frozenset(map(_key, _PHRASES))
_COURTESY_KEYS = frozenset(map(_key, _COURTESIES))
_BEGINNING_KEYS = tuple(map(_key, _BEGINNINGS))


def is_boilerplate(text: str) -> bool:
    """Return whether a text is a phrase of subtitles, perhaps several times, or begins like a credit for them."""
    key = _key(text)
    return bool(key) and (key in _KEYS or key.startswith(_BEGINNING_KEYS))


def is_courtesy(text: str) -> bool:
    """Return whether a text is a phrase such as "Thank you.", perhaps several times, that people say all the time."""
    key = _key(text)
    return bool(key) and key in _COURTESY_KEYS
