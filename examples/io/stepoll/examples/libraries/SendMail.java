package io.stepoll.examples.libraries;

import io.stepoll.EventLoop;
import io.stepoll.net.LoopSocketFactory;
import jakarta.mail.Address;
import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.util.Properties;
import javax.net.ssl.SSLContext;

/** Jakarta Mail in a task: plain at first, and over TLS from STARTTLS on. */
public final class SendMail {
    private SendMail() {}

    /** Sends a mail by a server at a port of this machine. */
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("mail.smtp.host", "127.0.0.1");
        properties.put("mail.smtp.port", arguments[0]);
        properties.put("mail.smtp.socketFactory", new LoopSocketFactory());
        properties.put("mail.smtp.socketFactory.fallback", "false");
        properties.put("mail.smtp.starttls.required", "true");
        properties.put("mail.smtp.ssl.socketFactory", SSLContext.getDefault().getSocketFactory()); // layered
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        Session mail = Session.getInstance(properties);
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                MimeMessage message = new MimeMessage(mail);
                message.setFrom(new InternetAddress("me@example.org"));
                Address[] to = {new InternetAddress("you@example.org")};
                message.setRecipients(Message.RecipientType.TO, to);
                message.setSubject("from a task");
                message.setText("hello");
                Transport.send(message, to);
                System.out.println("sent");
            });
            loop.runUntilDone();
        }
    }
}
