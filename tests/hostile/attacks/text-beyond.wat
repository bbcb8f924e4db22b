;; It answers with a text that reaches beyond its memory.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.store8 (i32.const 60000) (i32.const 1))
  (i32.store8 (i32.const 60008) (i32.const 2))
  (i32.store (i32.const 60012) (i32.const 65536))
  (i32.store (i32.const 60016) (i32.const -1))
  (i32.const 60000))
