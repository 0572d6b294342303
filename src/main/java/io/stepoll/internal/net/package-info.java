/** The mechanics of sockets: addresses, connecting, options, datagrams, files, descriptors that are passed. */
package io.stepoll.internal.net;
