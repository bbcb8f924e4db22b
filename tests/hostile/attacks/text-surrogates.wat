;; It answers with half of a surrogate pair, written as UTF-8.
;; ends: trap
(data (i32.const 61000) "\ed\a0\80")
(func $handle (param $in i32) (result i32)
  (i32.store8 (i32.const 60000) (i32.const 1))
  (i32.store8 (i32.const 60008) (i32.const 2))
  (i32.store (i32.const 60012) (i32.const 61000))
  (i32.store (i32.const 60016) (i32.const 3))
  (i32.const 60000))
