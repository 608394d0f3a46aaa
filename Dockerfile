FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# A static binary needs nothing of the image that it runs in. The target is named because the C runtime may be linked
# statically only into the program, not into the proc macros that the compiler loads while it builds.
RUN host="$(rustc -vV | sed -n 's/^host: //p')" \
 && RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --package cognitwin --target "$host" \
 && cp "target/$host/release/cognitwin" /cognitwin

FROM scratch
COPY --from=build /cognitwin /cognitwin
COPY LICENSE /LICENSE
USER 65532:65532
# Inside a container nobody reaches a loopback address.
ENV COGNITWIN_HOST=0.0.0.0
EXPOSE 9229
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 CMD ["/cognitwin", "healthcheck"]
ENTRYPOINT ["/cognitwin"]
