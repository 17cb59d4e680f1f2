"""Language tags as clients write them: ``zh``, ``zh-TW``, ``en_US.UTF-8``, ``cmn-Hans-CN``, ``English``, ``auto``.

A tag has up to three subtags (RFC 5646): a language, a script and a region. The language is one of Whisper's codes,
most of which are ISO 639-1 codes.
"""

import re
from dataclasses import dataclass

from theresa_protocol.lenient import is_absent, plain, quoted

MAX_CHARACTERS = 100
"""A longer text is no language."""

_LANGUAGES = """
af=afrikaans,afr am=amharic,amh ar=arabic,ara,arb as=assamese,asm az=azerbaijani,aze,azj ba=bashkir,bak
be=belarusian,bel bg=bulgarian,bul bn=bengali,ben,bangla bo=tibetan,bod,tib br=breton,bre bs=bosnian,bos
ca=catalan,cat,valencian cs=czech,ces,cze cy=welsh,cym,wel da=danish,dan de=german,deu,ger,deutsch
el=greek,ell,gre en=english,eng es=spanish,spa,castilian,español et=estonian,est,ekk eu=basque,eus,baq
fa=persian,fas,per,pes,prs,farsi fi=finnish,fin fo=faroese,fao fr=french,fra,fre,français gl=galician,glg
gu=gujarati,guj ha=hausa,hau haw=hawaiian he=hebrew,heb,iw hi=hindi,hin hr=croatian,hrv
ht=haitian_creole,hat,haitian hu=hungarian,hun hy=armenian,hye,arm id=indonesian,ind,in is=icelandic,isl,ice
it=italian,ita ja=japanese,jpn,日本語 jw=javanese,jav,jv ka=georgian,kat,geo kk=kazakh,kaz km=khmer,khm
kn=kannada,kan ko=korean,kor la=latin,lat lb=luxembourgish,ltz,letzeburgesch ln=lingala,lin lo=lao,lao
lt=lithuanian,lit lv=latvian,lav,lvs mg=malagasy,mlg,plt mi=maori,mri,mao mk=macedonian,mkd,mac ml=malayalam,mal
mn=mongolian,mon,khk mr=marathi,mar ms=malay,msa,may,zsm mt=maltese,mlt my=myanmar,mya,bur,burmese
ne=nepali,nep,npi nl=dutch,nld,dut,flemish nn=nynorsk,nno no=norwegian,nor,nb,nob oc=occitan,oci
pa=punjabi,pan,panjabi pl=polish,pol ps=pashto,pus,pushto pt=portuguese,por
ro=romanian,ron,rum,mo,mol,moldavian,moldovan ru=russian,rus sa=sanskrit,san sd=sindhi,snd
si=sinhala,sin,sinhalese sk=slovak,slk,slo sl=slovenian,slv sn=shona,sna so=somali,som sq=albanian,sqi,alb,als
sr=serbian,srp su=sundanese,sun sv=swedish,swe sw=swahili,swa,swh ta=tamil,tam te=telugu,tel tg=tajik,tgk
th=thai,tha tk=turkmen,tuk tl=tagalog,tgl,fil,filipino tr=turkish,tur tt=tatar,tat uk=ukrainian,ukr ur=urdu,urd
uz=uzbek,uzb,uzn vi=vietnamese,vie yi=yiddish,yid,ydd,ji yo=yoruba,yor yue=cantonese,广东话,粤语,粵語,廣東話
zh=chinese,zho,chi,cmn,mandarin,mandarin_chinese,中文,汉语,漢語,普通话,普通話,国语,國語,华语,華語
"""
"""Whisper's codes, each with its English name (openai/whisper, ``LANGUAGES``) and other names and codes."""

_NAMES_BY_CODE = {code: names.split(",") for code, _, names in (entry.partition("=") for entry in _LANGUAGES.split())}
_CODES = {
    name.replace("_", " "): code for code, names in _NAMES_BY_CODE.items() for name in (code, *names)
}  # by code, name and other name

_DETECT = frozenset({"auto", "automatic", "autodetect", "auto-detect", "detect", "und", "mul", "multi", "any"})

_SCRIPT_NAMES = {
    "simplified": "Hans",
    "简体": "Hans",
    "简体字": "Hans",
    "traditional": "Hant",
    "繁体": "Hant",
    "繁體": "Hant",
}
_CHINESE = frozenset({"zh", "yue"})
_LEGACY_SCRIPTS = {"chs": "Hans", "cht": "Hant"}  # .NET's zh-CHS and zh-CHT
_CHINESE_SCRIPTS = {"CN": "Hans", "SG": "Hans", "MY": "Hans", "TW": "Hant", "HK": "Hant", "MO": "Hant"}

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<extension>[a-z]{3}))?(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?:-[a-z0-9]{1,8})*"
)


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A language with its script and region, as far as they are known."""

    code: str | None = None
    """Whisper's code, such as ``en``, ``zh`` or ``yue``; ``None`` detects the language."""
    script: str | None = None
    """ISO 15924, such as ``Hans`` or ``Hant``. The region implies it for Chinese: ``zh-TW`` is written in ``Hant``."""
    region: str | None = None
    """ISO 3166-1 or UN M.49, such as ``TW``."""

    def __str__(self) -> str:
        return "-".join(part for part in (self.code, self.script, self.region) if part) or "auto"


def english_name(code: str) -> str:
    """Return Whisper's English name of a language code, or the code itself if it has none."""
    return _NAMES_BY_CODE[code][0].replace("_", " ") if code in _NAMES_BY_CODE else code


def parse_language(text: str | None) -> LanguageTag | None:
    """Return the language that a client asks for, or ``None`` if it names none.

    Codes of ISO 639-1 to 639-3, tags, POSIX locales and English names are accepted in any case. A code that Whisper
    does not know is returned as it is, since a model may have languages of its own.

    Raises:
        ValueError: when the text is none of these. The message repeats it.
    """
    if text is None or is_absent(text):
        return None
    name = " ".join(plain(text[:MAX_CHARACTERS]).removeprefix("<|").removesuffix("|>").casefold().split())
    if name in _DETECT:
        return LanguageTag()
    if named := _parse_name(name):
        return named
    locale = name.partition(".")[0].partition("@")[0]
    found = _TAG.fullmatch(locale.replace("#", "").replace("__", "_").replace("_", "-"))
    if found is None or len(text) > MAX_CHARACTERS:
        raise ValueError(f"{quoted(text)} is not a language: use a code such as en or zh, or a tag such as zh-TW")
    return _tag(**found.groupdict())


def _parse_name(name: str) -> LanguageTag | None:
    """Parse a name such as ``traditional chinese``, ``chinese (simplified)`` or ``english (us)``."""
    words = re.sub(r"[(),]", " ", name).split()
    scripts = [_SCRIPT_NAMES[word] for word in words if word in _SCRIPT_NAMES]
    rest = " ".join(word for word in words if word not in _SCRIPT_NAMES)
    for prefix, script in _SCRIPT_NAMES.items():
        if not scripts and rest.startswith(prefix):  # 简体中文
            scripts, rest = [script], rest.removeprefix(prefix)
    outside = re.sub(r"\s*\(.*\)", "", name).strip()
    code = _CODES.get(rest) or _CODES.get(outside)
    if code is None or (scripts and code not in _CHINESE):
        return None
    return LanguageTag(code, scripts[0] if scripts else None)


def _tag(language: str, extension: str | None, script: str | None, region: str | None) -> LanguageTag:
    written = script.title() if script else _LEGACY_SCRIPTS.get(extension or "")
    if extension is not None and extension in _CODES:  # zh-yue, zh-cmn
        language = extension
    code = _CODES.get(language, language)
    place = region.upper() if region else None
    if written is None and code in _CHINESE:
        written = _CHINESE_SCRIPTS.get(place or "")
    return LanguageTag(code, written, place)
