package io.stepoll.bench.plots;

import java.awt.Color;
import java.util.Locale;

/**
 * A colour of a figure, in the light scheme and in the dark one. A chart is drawn in the light colours; a rule of the
 * file's style sheet replaces each of them in the dark scheme. So each light colour is there once. Text and lines have
 * a contrast of 4.5 or more to their page in both schemes, grid lines less.
 */
enum Ink {
    PAPER(0xffffff, 0x0d1117),
    TEXT(0x1f2328, 0xe6edf3),
    QUIET(0x57606a, 0x9198a1),
    GRID(0xd8dee4, 0x30363d),
    NOISE(0xeaeef2, 0x21262d),
    BLUE(0x0a58ca, 0x58a6ff),
    ORANGE(0xa8480a, 0xf0883e),
    GREEN(0x1a7f37, 0x3fb950),
    PURPLE(0x8250df, 0xbc8cff),
    PINK(0xbf3989, 0xf778ba),
    OLIVE(0x7a6400, 0xd4b106),
    TEAL(0x0b7285, 0x39c5cf),
    GREY(0x59636e, 0x8b949e);

    final Color light;
    private final int dark;

    Ink(int light, int dark) {
        this.light = new Color(light);
        this.dark = dark;
    }

    /** {@return the rules that replace the light colour} A style attribute wins over a rule that is not important. */
    String darkRules() {
        String old = String.format("rgb(%d,%d,%d)", light.getRed(), light.getGreen(), light.getBlue());
        String replacement = String.format(Locale.ROOT, "#%06x", dark);
        return "[style*=\"fill:" + old + "\"]{fill:" + replacement + "!important}"
                + "[style*=\"stroke:" + old + "\"]{stroke:" + replacement + "!important}\n";
    }
}
