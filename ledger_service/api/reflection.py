"""Describes the services to callers that ask: the reflection service of gRPC in both of its
versions, which differ in nothing but their names. The library has the older one only.
"""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection, reflection_pb2

_OLD, _NEW = "grpc.reflection.v1alpha", "grpc.reflection.v1"
_FILE = "grpc/reflection/v1/reflection.proto"
_SERVICE = f"{_NEW}.ServerReflection"


def serve(names: Sequence[str], server: grpc.aio.Server) -> None:
    """Has `server` describe the services `names`, and the reflection services themselves."""
    _describe()
    every = (*names, reflection.SERVICE_NAME, _SERVICE)
    reflection.enable_server_reflection(every, server)
    answering = grpc.stream_stream_rpc_method_handler(
        reflection.aio.ReflectionServicer(every).ServerReflectionInfo,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    handlers = {"ServerReflectionInfo": answering}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))


def _describe() -> None:
    """Puts the file of the newer version beside that of the older one: who lists the services
    asks for the files in which they stand next.
    """
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName(_FILE)
    except KeyError:
        file = FileDescriptorProto()
        reflection_pb2.DESCRIPTOR.CopyToProto(file)
        _rename(file)
        pool.Add(file)


def _rename(file: FileDescriptorProto) -> None:
    """Puts the file, and the types that it names, into the package of the newer version."""
    file.name, file.package = _FILE, _NEW
    for field in (field for message in file.message_type for field in message.field):
        if field.type_name:
            field.type_name = field.type_name.replace(_OLD, _NEW)
    for method in (method for service in file.service for method in service.method):
        method.input_type = method.input_type.replace(_OLD, _NEW)
        method.output_type = method.output_type.replace(_OLD, _NEW)
