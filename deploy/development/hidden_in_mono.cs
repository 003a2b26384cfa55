// What the C# library of protobuf uses, and mono keeps to itself. It is compiled against and never
// run.
namespace System.Runtime.CompilerServices
{
    public static class Unsafe
    {
        public static ref TTo As<TFrom, TTo>(ref TFrom source) { throw new NotSupportedException(); }

        public static ref T Add<T>(ref T source, int elementOffset) { throw new NotSupportedException(); }

        public static ref T AddByteOffset<T>(ref T source, IntPtr byteOffset) { throw new NotSupportedException(); }

        public static T ReadUnaligned<T>(ref byte source) { throw new NotSupportedException(); }

        public static void WriteUnaligned<T>(ref byte destination, T value) { throw new NotSupportedException(); }
    }
}
