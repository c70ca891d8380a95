[description]
HTTP/2 between the load balancer and its upstreams: pools with protocol = h2, h2c or auto.
Jetty's HTTP/2 client is no part of jetty-home: the modules that this one enables fetch it from Maven.

[tags]
proxy
load-balancer
http2

[depend]
lb
http2-client
http2-client-transport

[jpms]
add-exports: org.eclipse.jetty.http2.client.transport/org.eclipse.jetty.http2.client.transport.internal=io.jettylb
