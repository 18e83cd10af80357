//go:build amd64 && gc && !purego

#include "textflag.h"

// G of RFC 9106, section 3.5, takes a block as a matrix of eight rows and eight columns of registers with two words each. It applies the permutation P to each
// row, and then to each column. P takes the sixteen words of eight registers as a matrix of four rows a, b, c and d with four words each, and applies GB
// to its columns and then to its diagonals (section 3.6).
//
// A YMM register has four words, so it does four GB at a time. Two such matrices are in work at once, 0 and 1, because each step of GB needs the one before:
// one computes while the other waits.
//
//	rows        A0 is the whole row a of one P, A1 that of another. For the diagonals VPERMQ rotates b, c and d.
//	columns     two P stand side by side, one in each half of all registers: A0 has the first two words of row a, A1 the last two.
//	            For the diagonals VPALIGNR shifts b and d across the pair of registers, in each half; c only changes names.

#define A0 Y0
#define B0 Y1
#define C0 Y2
#define D0 Y3
#define A1 Y4
#define B1 Y5
#define C1 Y6
#define D1 Y7
#define T0 Y8
#define T1 Y9
#define BY24 Y10
#define BY16 Y11
// b and d of the diagonals in the pass over columns
#define BB0 Y12
#define BB1 Y13
#define DD0 Y14
#define DD1 Y15

// x = x + y + 2*low(x)*low(y), where low is the lower half of a word
#define ADD(x0, y0, x1, y1) \
	VPMULUDQ x0, y0, T0 \
	VPMULUDQ x1, y1, T1 \
	VPADDQ   x0, y0, x0 \
	VPADDQ   x1, y1, x1 \
	VPADDQ   T0, T0, T0 \
	VPADDQ   T1, T1, T1 \
	VPADDQ   T0, x0, x0 \
	VPADDQ   T1, x1, x1

// x = (x xor y) rotated to the right by 32 bits
#define XOR32(x0, y0, x1, y1) \
	VPXOR   x0, y0, x0    \
	VPXOR   x1, y1, x1    \
	VPSHUFD $0xB1, x0, x0 \
	VPSHUFD $0xB1, x1, x1

// x = (x xor y) rotated to the right by whole bytes, in the order that BY24 or BY16 says
#define XORBYTES(order, x0, y0, x1, y1) \
	VPXOR   x0, y0, x0    \
	VPXOR   x1, y1, x1    \
	VPSHUFB order, x0, x0 \
	VPSHUFB order, x1, x1

// x = (x xor y) rotated to the right by 63 bits, which is to the left by one
#define XOR63(x0, y0, x1, y1) \
	VPXOR  x0, y0, x0  \
	VPXOR  x1, y1, x1  \
	VPADDQ x0, x0, T0  \
	VPADDQ x1, x1, T1  \
	VPSRLQ $63, x0, x0 \
	VPSRLQ $63, x1, x1 \
	VPXOR  T0, x0, x0  \
	VPXOR  T1, x1, x1

#define GB(a0, b0, c0, d0, a1, b1, c1, d1) \
	ADD(a0, b0, a1, b1)            \
	XOR32(d0, a0, d1, a1)          \
	ADD(c0, d0, c1, d1)            \
	XORBYTES(BY24, b0, c0, b1, c1) \
	ADD(a0, b0, a1, b1)            \
	XORBYTES(BY16, d0, a0, d1, a1) \
	ADD(c0, d0, c1, d1)            \
	XOR63(b0, c0, b1, c1)

// x = previous xor reference
#define LOAD(at, x) \
	VMOVDQU at(SI), x    \
	VPXOR   at(DX), x, x

// x = x xor previous xor reference
#define ADDINPUT(at, x) \
	VPXOR at(SI), x, x \
	VPXOR at(DX), x, x

DATA by24<>+0(SB)/8, $0x0201000706050403
DATA by24<>+8(SB)/8, $0x0a09080f0e0d0c0b
DATA by24<>+16(SB)/8, $0x0201000706050403
DATA by24<>+24(SB)/8, $0x0a09080f0e0d0c0b
GLOBL by24<>(SB), NOPTR+RODATA, $32

DATA by16<>+0(SB)/8, $0x0100070605040302
DATA by16<>+8(SB)/8, $0x09080f0e0d0c0b0a
DATA by16<>+16(SB)/8, $0x0100070605040302
DATA by16<>+24(SB)/8, $0x09080f0e0d0c0b0a
GLOBL by16<>(SB), NOPTR+RODATA, $32

// func compress(dst, previous, reference, rows *block, over bool)
TEXT ·compress(SB), NOSPLIT, $0-33
	MOVQ    dst+0(FP), DI
	MOVQ    previous+8(FP), SI
	MOVQ    reference+16(FP), DX
	MOVQ    rows+24(FP), R8
	MOVBLZX over+32(FP), R9
	VMOVDQU by24<>(SB), BY24
	VMOVDQU by16<>(SB), BY16
	MOVQ    $4, CX

	// Two rows a time, from previous and reference to rows.
row:
	LOAD(0, A0)
	LOAD(32, B0)
	LOAD(64, C0)
	LOAD(96, D0)
	LOAD(128, A1)
	LOAD(160, B1)
	LOAD(192, C1)
	LOAD(224, D1)

	GB(A0, B0, C0, D0, A1, B1, C1, D1)

	// $0x39, $0x4E and $0x93 rotate four words to the left by 1, 2 and 3.
	VPERMQ $0x39, B0, B0
	VPERMQ $0x39, B1, B1
	VPERMQ $0x4E, C0, C0
	VPERMQ $0x4E, C1, C1
	VPERMQ $0x93, D0, D0
	VPERMQ $0x93, D1, D1

	GB(A0, B0, C0, D0, A1, B1, C1, D1)

	VPERMQ $0x93, B0, B0
	VPERMQ $0x93, B1, B1
	VPERMQ $0x4E, C0, C0
	VPERMQ $0x4E, C1, C1
	VPERMQ $0x39, D0, D0
	VPERMQ $0x39, D1, D1

	VMOVDQU A0, 0(R8)
	VMOVDQU B0, 32(R8)
	VMOVDQU C0, 64(R8)
	VMOVDQU D0, 96(R8)
	VMOVDQU A1, 128(R8)
	VMOVDQU B1, 160(R8)
	VMOVDQU C1, 192(R8)
	VMOVDQU D1, 224(R8)

	ADDQ $256, SI
	ADDQ $256, DX
	ADDQ $256, R8
	DECQ CX
	JNZ  row

	SUBQ $1024, SI
	SUBQ $1024, DX
	SUBQ $1024, R8
	MOVQ $4, CX

	// Two columns a time, from rows to dst.
column:
	VMOVDQU 0(R8), A0
	VMOVDQU 128(R8), A1
	VMOVDQU 256(R8), B0
	VMOVDQU 384(R8), B1
	VMOVDQU 512(R8), C0
	VMOVDQU 640(R8), C1
	VMOVDQU 768(R8), D0
	VMOVDQU 896(R8), D1

	GB(A0, B0, C0, D0, A1, B1, C1, D1)

	// VPALIGNR $8, x, y, z: z = the second word of x and the first of y.
	VPALIGNR $8, B0, B1, BB0
	VPALIGNR $8, B1, B0, BB1
	VPALIGNR $8, D1, D0, DD0
	VPALIGNR $8, D0, D1, DD1

	GB(A0, BB0, C1, DD0, A1, BB1, C0, DD1)

	VPALIGNR $8, BB1, BB0, B0
	VPALIGNR $8, BB0, BB1, B1
	VPALIGNR $8, DD0, DD1, D0
	VPALIGNR $8, DD1, DD0, D1

	ADDINPUT(0, A0)
	ADDINPUT(128, A1)
	ADDINPUT(256, B0)
	ADDINPUT(384, B1)
	ADDINPUT(512, C0)
	ADDINPUT(640, C1)
	ADDINPUT(768, D0)
	ADDINPUT(896, D1)

	TESTQ R9, R9
	JZ    store
	VPXOR 0(DI), A0, A0
	VPXOR 128(DI), A1, A1
	VPXOR 256(DI), B0, B0
	VPXOR 384(DI), B1, B1
	VPXOR 512(DI), C0, C0
	VPXOR 640(DI), C1, C1
	VPXOR 768(DI), D0, D0
	VPXOR 896(DI), D1, D1

store:
	VMOVDQU A0, 0(DI)
	VMOVDQU A1, 128(DI)
	VMOVDQU B0, 256(DI)
	VMOVDQU B1, 384(DI)
	VMOVDQU C0, 512(DI)
	VMOVDQU C1, 640(DI)
	VMOVDQU D0, 768(DI)
	VMOVDQU D1, 896(DI)

	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, R8
	DECQ CX
	JNZ  column

	VZEROUPPER
	RET
