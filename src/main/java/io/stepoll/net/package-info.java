/** Sockets of an event loop. In tasks they are blocking channels, with the JDK's addresses and options. */
package io.stepoll.net;
