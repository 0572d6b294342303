package io.stepoll.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.Certificates;
import jakarta.mail.Address;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.util.Properties;

/** Jakarta Mail, with a connection for each session. With TLS it begins plain, and STARTTLS is layered over that. */
final class MailClient extends LibraryClient {
    private final Servers servers;
    private final boolean tls;
    private final jakarta.mail.Session mail;

    MailClient(Servers servers, boolean tls) throws Exception {
        this.servers = servers;
        this.tls = tls;
        servers.mail();
        Properties properties = new Properties();
        properties.put("mail.smtp.socketFactory", new LoopSocketFactory());
        properties.put("mail.smtp.socketFactory.fallback", "false");
        properties.put("mail.smtp.starttls.enable", String.valueOf(tls));
        properties.put("mail.smtp.starttls.required", String.valueOf(tls));
        properties.put("mail.smtp.ssl.socketFactory", Certificates.LOCAL.context(null).getSocketFactory());
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        mail = jakarta.mail.Session.getInstance(properties);
    }

    @Override
    Session open() throws Exception {
        int encryptedBefore = servers.mail().encrypted();
        Transport transport = mail.getTransport("smtp");
        transport.connect("127.0.0.1", servers.mail().port(), null, null);
        if (!tls) {
            assertEquals(encryptedBefore, servers.mail().encrypted());
        }
        return new Session() {
            @Override
            public void ask(int number) throws MessagingException {
                send("quick" + number);
            }

            @Override
            public void askSlowly() throws MessagingException {
                send("slow");
            }

            private void send(String sender) throws MessagingException {
                MimeMessage message = new MimeMessage(mail);
                message.setFrom(new InternetAddress(sender + "@127.0.0.1"));
                message.setText("text");
                Address[] to = {new InternetAddress("somebody@127.0.0.1")};
                message.setRecipients(Message.RecipientType.TO, to);
                message.saveChanges();
                transport.sendMessage(message, to);
            }

            @Override
            public void close() throws MessagingException {
                transport.close();
            }
        };
    }

    @Override
    boolean isWaiting() throws Exception {
        return servers.mail().slow() > 0;
    }

    @Override
    void killServer() throws Exception {
        servers.mail().resetClients();
    }
}
