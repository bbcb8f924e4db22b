;; It takes 32 MiB to say what it is.
;; ends: limit
(memory $memory 600)
(func $describe (result i32)
  (i32.store (i32.const 16) (i32.const 65536))
  (i32.store (i32.const 20) (i32.const 33554432))
  (i32.const 16))
