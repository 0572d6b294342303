package io.stepoll.examples.http;

/** The methods of RFC 9110 and RFC 5789. Their names are case-sensitive. */
public enum Method {
    GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE, CONNECT,
    /** Any other token. */
    UNKNOWN
}
