package io.stepoll.internal.sys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The name of a Unix socket as text. A peer chooses the bytes of its name, and messages and logs show the name. So
 * each character of the text shows what it is: a byte that belongs to no such character is written as <code>\xHH</code>
 * and a backslash as two. The text gives the same bytes again.
 */
public final class EscapedName {
    /** How the JDK encodes the names of files: as the locale says, which is ASCII without one. */
    public static final Charset FILE_NAMES =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8);

    private static final char ESCAPE = '\\';
    private static final int HEX_DIGITS = 2;
    private static final HexFormat HEX = HexFormat.of();

    private EscapedName() {}

    /** The text of a name, whose bytes are of a charset or of none. */
    public static String of(byte[] name, Charset charset) {
        String text = decoded(name, charset);
        if (Arrays.equals(name, bytes(text, charset))) {
            return text;
        }
        StringBuilder ascii = new StringBuilder(); // the charset has several codes for one character
        for (int i = 0; i < name.length; i++) {
            if (isShown(name[i])) {
                append(ascii, name[i]);
            } else {
                appendHex(ascii, name, i, i + 1);
            }
        }
        return ascii.toString();
    }

    private static String decoded(byte[] name, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        StringBuilder text = new StringBuilder(name.length);
        ByteBuffer bytes = ByteBuffer.wrap(name);
        CharBuffer character = CharBuffer.allocate(2);
        while (bytes.hasRemaining()) {
            int from = bytes.position();
            CoderResult result = decoder.decode(bytes, character.clear().limit(1), true);
            if (result.isOverflow() && character.position() == 0) { // a character outside of Unicode's first plane
                result = decoder.decode(bytes, character.limit(2), true);
            }
            if (character.position() == 0) {
                bytes.position(from + (result.isError() ? result.length() : bytes.remaining()));
            }
            character.flip();
            if (character.hasRemaining() && isShown(Character.codePointAt(character, 0))) {
                append(text, Character.codePointAt(character, 0));
            } else {
                appendHex(text, name, from, bytes.position());
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, int character) {
        text.appendCodePoint(character);
        if (character == ESCAPE) {
            text.append(ESCAPE);
        }
    }

    private static void appendHex(StringBuilder text, byte[] name, int from, int to) {
        for (int i = from; i < to; i++) {
            text.append(ESCAPE).append('x').append(HEX.toHexDigits(name[i]));
        }
    }

    /** Whether a character shows what it is: it is neither invisible, nor a line's end, nor a command to a terminal. */
    private static boolean isShown(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED -> false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            default -> !isBlank(character);
        };
    }

    /** Letters, marks and symbols that have no shape: fillers, selectors of variants, the empty Braille pattern. */
    private static boolean isBlank(int character) {
        return switch (character) {
            case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0 -> true;
            default -> 0x180b <= character && character <= 0x180f || 0xfe00 <= character && character <= 0xfe0f
                    || 0xe0100 <= character && character <= 0xe01ef;
        };
    }

    /**
     * The bytes of a name that is given as text. Characters that the charset does not have become UTF-8.
     *
     * @throws IllegalArgumentException for a backslash that is neither one of two nor the begin of <code>\xHH</code>
     */
    public static byte[] bytes(String text, Charset charset) {
        byte[] name = new byte[text.length() * Integer.BYTES];
        int length = 0;
        for (int i = 0; i < text.length();) {
            int end = text.offsetByCodePoints(i, 1);
            if (text.charAt(i) != ESCAPE) {
                byte[] character = encoded(text.substring(i, end), charset);
                System.arraycopy(character, 0, name, length, character.length);
                length += character.length;
            } else if (text.startsWith("\\\\", i)) {
                end++;
                name[length++] = ESCAPE;
            } else {
                end += 1 + HEX_DIGITS;
                if (end > text.length() || text.charAt(i + 1) != 'x' || !HexFormat.isHexDigit(text.charAt(i + 2))
                        || !HexFormat.isHexDigit(text.charAt(end - 1))) {
                    throw new IllegalArgumentException("a backslash is written as two, and any byte as \\xHH");
                }
                name[length++] = (byte) HexFormat.fromHexDigits(text, i + 2, end);
            }
            i = end;
        }
        return Arrays.copyOf(name, length);
    }

    private static byte[] encoded(String character, Charset charset) {
        return character.getBytes(charset.newEncoder().canEncode(character) ? charset : StandardCharsets.UTF_8);
    }
}
