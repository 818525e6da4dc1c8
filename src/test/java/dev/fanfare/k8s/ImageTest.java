package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** The image that the profile {@code image} of the build makes, held against what the Deployment expects of it. */
class ImageTest {

    private static final String CONTAINER =
            "//profile[id='image']//plugin[artifactId='jib-maven-plugin']/configuration";

    private final XPath xpath = XPathFactory.newInstance().newXPath();
    private final Document build = assertDoesNotThrow(() -> DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile()));

    @Test
    void theDeploymentUsesTheImageThatIsBuilt() throws Exception {
        JsonNode image = Manifests.tree("kustomization.yaml").path("images").path(0);
        assertEquals(Pods.container().getImage(), image.path("name").asText());
        assertEquals(
                value("/project/properties/image.name"), image.path("newName").asText());
        assertEquals(value("/project/version"), image.path("newTag").asText());
        assertEquals("${image.name}:${project.version}", value(CONTAINER + "/to/image"));
    }

    @Test
    void theImageHasTheUserOfThePod() throws Exception {
        PodSecurityContext security = Pods.spec().getSecurityContext();
        assertEquals(security.getRunAsUser() + ":" + security.getRunAsGroup(), value(CONTAINER + "/container/user"));
    }

    @Test
    void theMachineStartsWithTheOptionsOfThisRepository() throws Exception {
        String option = value(CONTAINER + "/container/jvmFlags/jvmFlag");
        String folder = value(CONTAINER + "/extraDirectories/paths/path[from='conf']/into");
        String file = value(CONTAINER + "/extraDirectories/paths/path[from='conf']/includes/include");
        assertEquals("@" + folder + "/" + file, option);
        assertTrue(Files.exists(Path.of("conf", file)));
        String main = value(CONTAINER + "/container/mainClass");
        assertDoesNotThrow(() -> Class.forName(main));
    }

    @Test
    void theBaseIsJava25ByDigest() throws Exception {
        assertTrue(value("/project/properties/image.base").matches("eclipse-temurin:25-jre-\\w+@sha256:[0-9a-f]{64}"));
        assertEquals("${image.base}", value(CONTAINER + "/from/image"));
    }

    /** It needs the network, which the build does not. */
    @Test
    void theImageIsMadeOnDemandOnly() throws Exception {
        assertEquals("", value("//profile[id='image']/activation"));
        assertEquals("", value("/project/build//plugin[artifactId='jib-maven-plugin']/artifactId"));
    }

    private String value(String path) throws Exception {
        return xpath.evaluate(path, build).strip();
    }
}
