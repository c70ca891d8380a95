package io.jettylb.config;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a PEM file (RFC 7468). What stands between them is a comment.
 *
 * @param blocks in the order of the file
 */
record Pem(List<Block> blocks) {

    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----([^-]*)-----END \\1-----");
    private static final Set<String> CERTIFICATES = Set.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");

    /** One block: what it is called, and its decoded content. */
    record Block(String label, byte[] content) {}

    /** Whether a file looks like PEM. */
    static boolean looksLike(byte[] file) {
        return text(file).contains("-----BEGIN ");
    }

    static Pem parse(byte[] file) throws CertificateException {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text(file));
        while (matcher.find()) {
            try {
                // Headers inside a block belong to the old, encrypted forms, whose label or content is refused later.
                String body = matcher.group(2);
                int headers = body.contains(":") ? body.indexOf("\n\n") : -1;
                blocks.add(new Block(
                        matcher.group(1),
                        Base64.getMimeDecoder().decode(headers < 0 ? body : body.substring(headers))));
            } catch (IllegalArgumentException e) {
                throw new CertificateException("a damaged " + matcher.group(1), e);
            }
        }
        return new Pem(blocks);
    }

    private static String text(byte[] file) {
        return new String(file, StandardCharsets.ISO_8859_1);
    }

    List<Certificate> certificates() throws CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> certificates = new ArrayList<>();
        for (Block block : blocks) {
            if (CERTIFICATES.contains(block.label())) {
                certificates.add(factory.generateCertificate(new ByteArrayInputStream(block.content())));
            }
        }
        return certificates;
    }

    /** The label of the first private key, or null. */
    String keyLabel() {
        return blocks.stream()
                .map(Block::label)
                .filter(label -> label.endsWith("PRIVATE KEY"))
                .findFirst()
                .orElse(null);
    }

    /** The first private key, of the kind that the certificate is for. */
    PrivateKey key(PublicKey kind) throws GeneralSecurityException {
        for (Block block : blocks) {
            if (block.label().equals("PRIVATE KEY")) {
                return KeyFactory.getInstance(kind.getAlgorithm())
                        .generatePrivate(new PKCS8EncodedKeySpec(block.content()));
            }
        }
        throw new GeneralSecurityException("no PRIVATE KEY");
    }

    /** Whether what one of them signs is accepted by the other. */
    static boolean belongTogether(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
        String algorithm = switch (certified.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
            default -> null;
        };
        if (algorithm == null) {
            return true;
        }
        byte[] anything = {1, 2, 3};
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(anything);
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        signature.update(anything);
        return signature.verify(signed);
    }
}
