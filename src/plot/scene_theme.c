#include "config.h"

#include "plot/scene_priv.h"

#define RGB(hex) { (hex) >> 16, (hex) >> 8 & 255, (hex) & 255 }

/*
 * Hues of Okabe and Ito (Color Universal Design, 2008), told apart with any colour vision. On black all
 * have a contrast of 4 or more; on white five of them have not, so the light theme has darker twins. The
 * eighth trace is grey. tests/unit/scene.c measures the contrasts.
 */
static const struct spur_scene_theme dark = {
	.back = RGB(0x000000), .panel = RGB(0x0b0d10), .grid = RGB(0x262b31), .text = RGB(0xe6e9ec),
	.dim = RGB(0x9aa3ad), .range = RGB(0x1b2733), .cursor = RGB(0xffffff), .mark = RGB(0xf0e442), .bad = RGB(0xff8a66),
	.states = { RGB(0xe69f00), RGB(0x009e73), RGB(0xd55e00) },
	.traces = { RGB(0x56b4e9), RGB(0xe69f00), RGB(0x009e73), RGB(0xf0e442), RGB(0xcc79a7), RGB(0xd55e00),
		    RGB(0x1a83c4), RGB(0xb8c0c8) },
};

static const struct spur_scene_theme light = {
	.back = RGB(0xffffff), .panel = RGB(0xfafbfc), .grid = RGB(0xdde2e7), .text = RGB(0x14181c),
	.dim = RGB(0x59626b), .range = RGB(0xe3eef7), .cursor = RGB(0x14181c), .mark = RGB(0x7d5a00), .bad = RGB(0xab3a00),
	.states = { RGB(0x8f6300), RGB(0x00745a), RGB(0xb34700) },
	.traces = { RGB(0x0072b2), RGB(0xb34700), RGB(0x00745a), RGB(0x94447a), RGB(0x8f6300), RGB(0x1d6f94),
		    RGB(0x6b6400), RGB(0x59626b) },
};

const struct spur_scene_theme *spur_scene_theme(bool is_light)
{
	return is_light ? &light : &dark;
}
