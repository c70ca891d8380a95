package io.jettylb.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** Both formats can be read by others. */
class PlotTest {

    private static final List<Result> RESULTS = List.of(
            result("a", LongStream.range(1, 5_000).map(i -> i * 100_000).toArray()),
            result("b < \"c\"", LongStream.of(0, 0, 7).toArray()),
            result("none", new long[0]));

    @TempDir
    Path folder;

    @BeforeAll
    static void withoutAScreen() {
        System.setProperty("java.awt.headless", "true");
    }

    private static Result result(String strategy, long[] latencies) {
        return new Result(strategy, latencies.length, 0, latencies, 1, List.of(), Double.NaN);
    }

    @Test
    void drawsSvg() throws Exception {
        Path file = folder.resolve("x.svg");
        new Plot("title & more", RESULTS).write(file);

        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        // The reader would fetch the document type from the network.
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        Element root = factory.newDocumentBuilder().parse(file.toFile()).getDocumentElement();
        assertThat(root.getTagName()).isEqualTo("svg");
        assertThat(root.getElementsByTagName("path").getLength()
                        + root.getElementsByTagName("polyline").getLength())
                .isGreaterThan(2);
    }

    @Test
    void drawsPng() throws Exception {
        Path file = folder.resolve("x.png");
        Files.writeString(file, "what was there before");
        new Plot("title", RESULTS).write(file);

        BufferedImage image = ImageIO.read(file.toFile());
        assertThat(image.getWidth()).isGreaterThan(500);
        assertThat(image.getRGB(2, 2)).isEqualTo(0xFFFFFFFF);
    }

    @Test
    void nothingToDrawIsNoFailure() throws Exception {
        new Plot("title", List.of(result("none", new long[0]))).write(folder.resolve("y.svg"));

        assertThat(folder.resolve("y.svg")).isNotEmptyFile();
    }
}
