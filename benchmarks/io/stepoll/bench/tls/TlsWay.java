package io.stepoll.bench.tls;

/** Whose server, and whose cryptography. */
public enum TlsWay {
    JDK("stepoll, JDK", false, false),
    NETTY_JDK("Netty, JDK", true, false),
    CONSCRYPT("stepoll, Conscrypt", false, true),
    NETTY_OPENSSL("Netty, OpenSSL", true, true),
    /** The same as the first: their difference is the noise. */
    JDK_AGAIN("stepoll, JDK, again", false, false);

    /** For reports. */
    public final String title;
    final boolean isNetty;
    final boolean isNative;

    TlsWay(String title, boolean isNetty, boolean isNative) {
        this.title = title;
        this.isNetty = isNetty;
        this.isNative = isNative;
    }
}
