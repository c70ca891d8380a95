package io.jettylb.sim;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGGraphics2DIOException;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * Draws which part of the requests was slower than a time, one line for each strategy, with logarithmic axes: the lower
 * a line, the better, and what is far to the right is the tail. The only class that needs the plotting libraries.
 */
public final class Plot {

    private static final int WIDTH = 960;
    private static final int HEIGHT = 600;
    private static final int POINTS_PER_DECADE = 20;
    /** Zero has no logarithm. */
    private static final double SHORTEST_MILLIS = 1e-3;

    private final XYChart chart;

    /**
     * Prepares the drawing.
     *
     * @param title what stands above it
     * @param results one line each; those without a successful request are left out
     */
    public Plot(String title, List<Result> results) {
        chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("latency, ms")
                .yAxisTitle("part of the requests that are slower")
                .build();
        chart.getStyler()
                .setXAxisLogarithmic(true)
                .setYAxisLogarithmic(true)
                .setXAxisDecimalPattern("0.###")
                .setYAxisDecimalPattern("0.#####");
        chart.getStyler().setMarkerSize(0).setChartBackgroundColor(Color.WHITE);
        results.stream().filter(result -> result.latencies().length > 0).forEach(this::add);
    }

    private void add(Result result) {
        double decades = Math.log10(result.latencies().length);
        int points = Math.max(1, (int) (decades * POINTS_PER_DECADE));
        double[] millis = new double[points];
        double[] slower = new double[points];
        for (int i = 0; i < points; i++) {
            // The very fastest are left out: they would take most of the width.
            slower[i] = Math.pow(10, -(double) (i + 1) / POINTS_PER_DECADE);
            millis[i] = Math.max(SHORTEST_MILLIS, result.latencyMillis(1 - slower[i]));
        }
        chart.addSeries(result.strategy(), millis, slower).setLineStyle(new BasicStroke(1.5f));
    }

    /**
     * Writes the file, in the format that its name says.
     *
     * @param file {@code .svg} or {@code .png}; replaced if it is there
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Files.write(file, file.toString().endsWith(".svg") ? svg() : png());
    }

    private byte[] png() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", bytes);
        return bytes.toByteArray();
    }

    private byte[] svg() {
        try {
            SVGGraphics2D graphics = new SVGGraphics2D(
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument());
            graphics.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
            chart.paint(graphics, WIDTH, HEIGHT);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Writer writer = new OutputStreamWriter(bytes, StandardCharsets.UTF_8);
            graphics.stream(writer, true);
            return bytes.toByteArray();
        } catch (ParserConfigurationException | SVGGraphics2DIOException e) {
            // Into memory, and without any setting: neither can fail.
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
