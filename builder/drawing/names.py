"""Pools of invented names: given and family names, series, and pen names of artists."""

# fmt: off
GIVEN = (
    "akari", "beni", "chiyo", "emi", "fuyu", "hana", "ibuki", "kaho", "kohaku", "mei", "mio", "nagi", "natsu",
    "rin", "ritsu", "saki", "sora", "suzu", "tsumugi", "yuzu",
)
BOY_GIVEN = (
    "asahi", "daichi", "haru", "itsuki", "jin", "kaede", "kei", "minato", "ren", "riku", "sho", "taiga",
    "tsukasa", "yamato", "yuma",
)
FAMILY = (
    "aoba", "chidori", "fujimine", "hoshigaki", "inamori", "kaminabe", "kirisaki", "kuzuhara", "minasato",
    "mizuhoshi", "natsukawa", "orizuka", "sakuradai", "shirotani", "suzumori", "tachinami", "tokinaga",
    "uminohara", "yukishiro", "yumesaki",
)
SERIES = (
    "original", "hoshizora_telegraph", "kazemachi_club", "lantern_of_tokiwa", "sea_glass_academy",
)
PEN_NAMES = (
    "amanuma_kite", "asagiri_leaf", "beniiro_pen", "cocoa_sheep", "dango_tarou", "fude_no_oto", "ginkgo_tea",
    "hakka_ame", "inkstone_b", "kazahana_m", "konpeitou_rei", "lemon_seal", "marumaru_ito", "mikan_bako",
    "nemurineko_7", "ochaduke", "oyasumi_p", "paper_crane_x", "ramune_blue", "sakana_to_umi", "shirokuma_d",
    "soramame_q", "tamago_kago", "tsukiyo_no_ao", "umeboshi_k", "usagi_works", "wasabi_n", "yakusoku_z",
    "yuki_usa", "zenmai_clock", "hoshimiya_t", "kumo_no_iro", "natsume_ya", "awayuki_pan", "ruri_ishi",
    "hinata_bokko", "kasa_to_ame", "midori_no_mado", "niji_no_hashi", "tokei_neko", "amaoto_s", "hotaru_bi",
    "kinako_moti", "sumire_bunko", "yozora_kan", "aizome_w", "botan_yuki", "chidori_ashi", "donguri_l",
    "enaga_u", "fuurin_e", "gekka_v", "haruiro_j", "irori_c", "kagerou_o",
)
# fmt: on
