[description]
The servlet front of the load balancer: the balanced mounts as contexts of the ee10 environment.
Enabled by the module lb.

[environment]
ee10

[depend]
ee10-servlet
ee10-security

[lib]
lib/lb/jetty-lb-@project.version@-ee10.jar
lib/jetty-ee10-proxy-${jetty.version}.jar

[xml]
etc/jetty-lb-ee10.xml
