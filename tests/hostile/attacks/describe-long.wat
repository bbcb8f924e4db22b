;; It takes 300 KiB to say what it is.
;; ends: limit
(memory $memory 600)
(func $describe (result i32)
  (i32.store (i32.const 40) (i32.const 65536))
  (i32.store (i32.const 44) (i32.const 300000))
  (i32.const 16))
