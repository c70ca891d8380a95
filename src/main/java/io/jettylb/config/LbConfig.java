package io.jettylb.config;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The whole configuration: which context paths are balanced over which pools.
 *
 * @param mounts the balanced context paths, in the order of the file
 * @param pools the pools by name, in the order of the file; every pool named by a mount is among them
 * @param forwarded how upstreams are told who the client is
 * @param shed when requests are refused for the sake of the server's webapps; null: never
 */
public record LbConfig(
        List<MountConfig> mounts, Map<String, PoolConfig> pools, ForwardedConfig forwarded, ShedConfig shed) {

    /**
     * A configuration that never sheds.
     *
     * @param mounts the balanced context paths
     * @param pools the pools by name
     * @param forwarded how upstreams are told who the client is
     */
    public LbConfig(List<MountConfig> mounts, Map<String, PoolConfig> pools, ForwardedConfig forwarded) {
        this(mounts, pools, forwarded, null);
    }

    /**
     * Reads and validates a file.
     *
     * @param file the HOCON file; includes are confined to its folder
     * @param strategies what strategies there are to name
     * @return a configuration without errors
     * @throws ConfigException with every problem of the file
     */
    public static LbConfig load(Path file, StrategyCatalog strategies) throws ConfigException {
        return load(file, strategies, EnumSet.allOf(Protocol.class));
    }

    /**
     * Reads and validates a file for a server that may lack an optional module.
     *
     * @param file the HOCON file; includes are confined to its folder
     * @param strategies what strategies there are to name
     * @param protocols what the server can speak with upstreams
     * @return a configuration without errors
     * @throws ConfigException with every problem of the file
     */
    public static LbConfig load(Path file, StrategyCatalog strategies, Set<Protocol> protocols) throws ConfigException {
        return new LbReader(strategies, protocols).read(file);
    }
}
